//! The lists that a query can name: those of the files, and those that ship, which are read when they are named.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::parser::{Read, read};
use super::{Expr, Fault, Node};
use crate::watch::lists::{shipped_list, shipped_names};

/// Lists that are named to somebody who misspelt one, and lists looked through for the one that was meant.
const LISTS_NAMED_MOST: usize = 20;
const LISTS_COMPARED_MOST: usize = 100;

/// All lists as trees. One of the files comes before one that ships.
#[derive(Debug, Default)]
pub(in crate::watch) struct ListNodes {
    own: BTreeMap<String, Own>,
    shipped: RefCell<BTreeMap<&'static str, Rc<Shipped>>>,
}

/// A list of the files as it was read.
#[derive(Clone, Debug)]
struct Own {
    node: Rc<Node>,
    /// The words it stands for, those of its own lists included.
    words: usize,
    /// The levels of its tree, those of its own lists included.
    levels: usize,
}

/// A list that ships, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::watch) struct Shipped {
    pub(in crate::watch) name: &'static str,
    pub(in crate::watch) languages: Vec<ShippedNodes>,
    words: usize,
    levels: usize,
}

/// A list that ships, in one language.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::watch) struct ShippedNodes {
    /// The language, ISO 639-1.
    pub(in crate::watch) lang: &'static str,
    pub(in crate::watch) find: Node,
    /// What looks alike and does not count.
    pub(in crate::watch) pass_over: Vec<Node>,
}

impl Shipped {
    /// The list in a language.
    pub(in crate::watch) fn of(&self, lang: &str) -> Option<&ShippedNodes> {
        self.languages.iter().find(|nodes| nodes.lang == lang)
    }

    fn read(name: &str) -> Option<Shipped> {
        let list = shipped_list(name)?;
        let (mut words, mut levels) = (0, 0);
        let languages = list.languages.iter().map(|language| {
            let text = language.query();
            let found = read_shipped(&text, &ListNodes::default(), list.name);
            words += found.words;
            levels = levels.max(found.levels);
            // What is passed over may name the list, in its own language.
            let own = Own { node: Rc::new(found.node.clone()), words: found.words, levels: found.levels };
            let own = ListNodes { own: BTreeMap::from([(name.to_owned(), own)]), ..ListNodes::default() };
            let pass_over = language.passes_over.iter().map(|text| inlined(read_shipped(text, &own, list.name).node));
            ShippedNodes { lang: language.lang, find: found.node, pass_over: pass_over.collect() }
        });
        Some(Shipped { name: list.name, languages: languages.collect(), words, levels })
    }
}

/// Reads a text that ships: a test reads them all, so that a fault never comes to a user.
fn read_shipped(text: &str, lists: &ListNodes, name: &str) -> Read {
    read(text, lists).unwrap_or_else(|fault| panic!("the list {{{name}}} that ships cannot be read: {fault:?}"))
}

/// A tree with the lists of files in it written out, so that no name of theirs is taken for another list's.
fn inlined(node: Node) -> Node {
    let all = |nodes: Vec<Node>| nodes.into_iter().map(inlined).collect::<Vec<_>>();
    let one = |node: Box<Node>| Box::new(inlined(*node));
    let expr = match node.expr {
        Expr::List(_, inner) => return inlined(Node { at: node.at, ..(*inner).clone() }),
        Expr::Loose(nodes) => Expr::Loose(all(nodes)),
        Expr::Or(nodes) => Expr::Or(all(nodes)),
        Expr::And(yes, no) => Expr::And(all(yes), all(no)),
        Expr::AnyOf(n, nodes) => Expr::AnyOf(n, all(nodes)),
        Expr::Relation(relation, left, right) => Expr::Relation(relation, one(left), one(right)),
        Expr::Field(part, inner) => Expr::Field(part, one(inner)),
        Expr::AtLeast(n, inner) => Expr::AtLeast(n, one(inner)),
        word @ (Expr::Word(_) | Expr::Phrase(_) | Expr::Shipped(..)) => word,
    };
    Node { expr, at: node.at }
}

impl ListNodes {
    /// Whether the files have a list of this name.
    pub(in crate::watch) fn has_own(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// The lists of the files.
    pub(in crate::watch) fn own(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.own.iter().map(|(name, list)| (name.as_str(), &*list.node))
    }

    /// The tree of a name between braces, and its number of words.
    pub(super) fn named(&self, name: &str, at: &Range<usize>) -> Result<(Expr, usize), Fault> {
        if let Some(own) = self.own.get(name) {
            return Ok((Expr::List(name.to_owned(), Rc::clone(&own.node)), own.words));
        }
        if let Some(shipped) = self.shipped(name) {
            let words = shipped.words;
            return Ok((Expr::Shipped(shipped, None), words));
        }
        // {office.fr}: the list in one language.
        let parted = name.rsplit_once('.').and_then(|(list, lang)| self.shipped(list).zip(Some(lang)));
        let Some((shipped, lang)) = parted else { return Err(self.no_list(name, at)) };
        match shipped.of(lang).map(|nodes| nodes.lang) {
            Some(lang) => Ok((Expr::Shipped(Rc::clone(&shipped), Some(lang)), shipped.words)),
            None => Err(not_in(&shipped, lang, at.clone())),
        }
    }

    fn shipped(&self, name: &str) -> Option<Rc<Shipped>> {
        if let Some(known) = self.shipped.borrow().get(name) {
            return Some(Rc::clone(known));
        }
        let shipped = Rc::new(Shipped::read(name)?);
        self.shipped.borrow_mut().insert(shipped.name, Rc::clone(&shipped));
        Some(shipped)
    }

    /// The levels of a tree. Its own brackets and chains are bounded, so that this may walk it.
    pub(super) fn levels(&self, node: &Node) -> usize {
        let deepest = |nodes: &mut dyn Iterator<Item = &Node>| nodes.map(|node| self.levels(node)).max().unwrap_or(0);
        1 + match &node.expr {
            Expr::Word(_) | Expr::Phrase(_) => 0,
            Expr::Loose(nodes) | Expr::Or(nodes) | Expr::AnyOf(_, nodes) => deepest(&mut nodes.iter()),
            Expr::And(all, none) => deepest(&mut all.iter().chain(none)),
            Expr::Relation(_, left, right) => self.levels(left).max(self.levels(right)),
            Expr::Field(_, inner) | Expr::AtLeast(_, inner) => self.levels(inner),
            Expr::List(name, _) => self.own.get(name).map_or(0, |list| list.levels),
            Expr::Shipped(shipped, _) => shipped.levels,
        }
    }

    fn no_list(&self, name: &str, at: &Range<usize>) -> Fault {
        let fault = Fault::new(at.clone(), format!("there is no list \"{name}\""));
        let most = 1 + name.len() / 4;
        let own = self.own.keys().map(String::as_str);
        let alike = own.clone().filter(|known| known.len().abs_diff(name.len()) <= 4 * most).take(LISTS_COMPARED_MOST);
        let nearest =
            alike.chain(shipped_names().map(|name| name as &str)).map(|known| (distance(known, name), known)).min();
        match nearest.filter(|(distance, _)| *distance <= most) {
            Some((_, known)) => fault.hint(format!("write {{{known}}}")),
            None if !self.own.is_empty() => {
                let known: Vec<_> = own.take(LISTS_NAMED_MOST).map(|known| format!("{{{known}}}")).collect();
                let more = self.own.len() - known.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                fault.hint(format!("your lists are {}{more}; `feedwatch lists` shows those that ship", known.join(" ")))
            }
            None => fault.hint("write it into the table [lists], or take one that `feedwatch lists` shows"),
        }
    }
}

/// A built-in list does not have a language.
pub(in crate::watch) fn not_in(list: &Shipped, lang: &str, at: Range<usize>) -> Fault {
    let known: Vec<_> = list.languages.iter().map(|nodes| nodes.lang).collect();
    Fault::new(at, format!("the list {{{}}} does not speak \"{lang}\"", list.name))
        .hint(format!("it speaks {}", known.join(" ")))
}

/// Reads the lists of the files, in whatever order they use each other. Gives what could be read, and the faults by
/// list.
pub(in crate::watch) fn parse_lists(lists: &BTreeMap<String, String>) -> (ListNodes, Vec<(String, Fault)>) {
    let mut done = ListNodes::default();
    let mut faults = Vec::new();
    // Which list waits for which: a list is read after all the lists that it uses.
    let uses = |name: &str| used(&lists[name]).filter(|used| lists.contains_key(*used)).collect::<BTreeSet<_>>();
    let mut waiting: BTreeMap<&str, usize> = lists.keys().map(|name| (&**name, uses(name).len())).collect();
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in lists.keys() {
        uses(name).into_iter().for_each(|used| users.entry(used).or_default().push(name));
    }
    let mut ready: BTreeSet<&str> = waiting.iter().filter(|(_, uses)| **uses == 0).map(|(name, _)| *name).collect();
    while let Some(name) = ready.pop_first() {
        waiting.remove(name);
        // What uses a list that cannot be read waits for ever: of that list was told.
        match read(&lists[name], &done) {
            Ok(Read { node, words, levels }) => {
                done.own.insert(name.to_owned(), Own { node: Rc::new(node), words, levels });
            }
            Err(fault) => {
                faults.push((name.to_owned(), fault));
                continue;
            }
        }
        for user in users.get(name).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(user) {
                *left -= 1;
                if *left == 0 {
                    ready.insert(user);
                }
            }
        }
    }
    let mut faulty: BTreeSet<String> = faults.iter().map(|(name, _)| name.clone()).collect();
    for name in waiting.into_keys() {
        let circle = used(&lists[name]).find(|used| lists.contains_key(*used) && !done.has_own(used));
        let Some(other) = circle else { continue };
        if faulty.contains(other) {
            // Told of the other, and so of all that use this one.
            faulty.insert(name.to_owned());
            continue;
        }
        faulty.insert(name.to_owned());
        let at = lists[name].find(&format!("{{{other}}}")).unwrap_or(0);
        let message = match name == other {
            true => format!("the list \"{name}\" uses itself"),
            false => format!("the lists \"{name}\" and \"{other}\" use each other in a circle"),
        };
        faults.push((
            name.to_owned(),
            Fault::new(at..at + other.len() + 2, message).hint("write the words out in one of them"),
        ));
    }
    (done, faults)
}

/// The names between braces.
fn used(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim())
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
