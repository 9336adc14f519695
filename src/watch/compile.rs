//! Watches as written become watches that can be run; everything wrong with them is told at once.

use std::sync::Arc;

use super::forms::Language;
use super::plan::{NodeId, Plan, Reading};
use super::source::{Lists, Part, Problem, Severity, WatchSource};
use super::syntax::{Expr, Fault, Node, parse, parse_lists, print};
use crate::model::Level;
use crate::text::token::form;

/// A watch ready to run.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) name: Arc<str>,
    pub(super) revision: Arc<str>,
    pub(super) level: Level,
    /// What fires it, one alternative a clause.
    pub(super) clauses: Vec<Clause>,
}

/// An alternative of a watch.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) node: NodeId,
    /// As understood, all brackets set.
    pub(super) text: Arc<str>,
}

/// What came of the files.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) plan: Plan,
    pub(super) watches: Vec<Watch>,
    pub(super) problems: Vec<Problem>,
}

/// Compiles everything; if any problem is an error, the watches are not to be used.
pub(super) fn compile(lists: &Lists, sources: &[WatchSource]) -> Compiled {
    let mut compiled = Compiled::default();
    let (lists, faults) = parse_lists(lists);
    for (name, fault) in faults {
        compiled.problems.push(error(Part::List(name), fault));
    }
    for (number, source) in sources.iter().enumerate() {
        compiled.check_name(sources, number);
        let mut part = |part: Part, text: &str| match parse(text, &lists) {
            Ok(node) => Some(node),
            Err(fault) => {
                compiled.problems.push(error(part, fault));
                None
            }
        };
        let find = part(Part::Find(number), &source.find);
        let ignore: Vec<_> = source
            .ignore
            .iter()
            .enumerate()
            .filter_map(|(entry, text)| part(Part::Ignore(number, entry), text))
            .collect();
        if let Some(find) = find {
            let watch = watch(&mut compiled.plan, source, &find, &ignore);
            compiled.watches.push(watch);
        }
    }
    compiled
}

impl Compiled {
    fn check_name(&mut self, sources: &[WatchSource], number: usize) {
        let name = &sources[number].name;
        let fault = if name.trim().is_empty() {
            Fault::new(0..name.len(), "a watch needs a name").hint("write name = \"office closure\"")
        } else if sources[..number].iter().any(|earlier| earlier.name == *name) {
            Fault::new(0..name.len(), format!("a watch named \"{name}\" stands above already"))
                .hint("give one of them another name")
        } else {
            return;
        };
        self.problems.push(error(Part::Name(number), fault));
    }
}

fn error(part: Part, fault: Fault) -> Problem {
    Problem { severity: Severity::Error, part, range: fault.at, message: fault.message, hint: fault.hint }
}

fn watch(plan: &mut Plan, source: &WatchSource, find: &Node, ignore: &[Node]) -> Watch {
    let mut how = Reading::new(Language::default());
    if !ignore.is_empty() {
        let masks = ignore.iter().map(|node| plan.add(node, how)).collect();
        how.mask = Some(plan.either(masks));
    }
    let clauses: Vec<_> =
        alternatives(find).map(|node| Clause { node: plan.add(node, how), text: print(node).into() }).collect();
    let understood: Vec<_> =
        clauses.iter().map(|clause| &*clause.text).chain(source.ignore.iter().map(String::as_str)).collect();
    Watch {
        name: source.name.as_str().into(),
        revision: format!("{:016x}", form(&understood.join("\n"))).into(),
        level: source.level,
        clauses,
    }
}

/// The alternatives a query consists of.
fn alternatives(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.expr {
        Expr::Or(nodes) => Box::new(nodes.iter().flat_map(alternatives)),
        _ => Box::new(std::iter::once(node)),
    }
}
