//! Lexemes to a tree. One precedence: fields and counts bind tightest, then relations, AND, OR.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::lexer::{Kind, Lexeme, lex, meant};
use super::{Expr, Fault, Node, Relation, Step, Word};

/// The lists of the files as trees.
pub(in crate::watch) type ListNodes = BTreeMap<String, List>;

/// A list as it was read.
#[derive(Clone, Debug)]
pub(in crate::watch) struct List {
    node: Rc<Node>,
    /// The words it stands for, those of its own lists included.
    words: usize,
    /// The levels of its tree, those of its own lists included.
    depth: usize,
}

/// Brackets deeper than this are a mistake, and would exhaust the stack.
const DEPTH_MOST: usize = 100;

/// Levels of a tree at most, those of the lists in it and the links of chains included: each is a step on the stack for all who
/// walk the tree.
const LEVELS_MOST: usize = 500;

/// Words of a query at most, those of the lists in it counted each time. Two lists that name each other's kind twice, and so on
/// forty times over, would be a million million.
const WORDS_MOST: usize = 1_000_000;

/// Lists that are named to somebody who misspelt one, and lists looked through for the one that was meant.
const LISTS_NAMED_MOST: usize = 20;
const LISTS_COMPARED_MOST: usize = 100;

/// Bare words side by side at most: all their orders are tried.
const LOOSE_WORDS_MOST: usize = 8;

/// Words in quotes at most; longer quotations are found by a part of them.
const PHRASE_WORDS_MOST: usize = 50;

/// Relations in one chain at most; each is a level of the tree.
const CHAIN_MOST: usize = 50;

/// Reads a query.
pub(in crate::watch) fn parse(text: &str, lists: &ListNodes) -> Result<Node, Fault> {
    read(text, lists).map(|(node, ..)| node)
}

/// Reads a query; gives its words and levels with it.
fn read(text: &str, lists: &ListNodes) -> Result<(Node, usize, usize), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(0..text.len(), "nothing to find").hint("write a word, such as mediation"));
    }
    let mut parser = Parser { text, lexemes: lex(text)?, next: 0, lists, depth: 0, words: 0 };
    let node = parser.or()?;
    if *parser.peek() != Kind::End {
        return Err(parser.unexpected());
    }
    let levels = levels(&node, lists);
    if levels > LEVELS_MOST {
        let message =
            format!("this is nested {levels} levels deep, its lists included, at most {LEVELS_MOST} can be read");
        return Err(Fault::new(node.at, message).hint("let fewer lists use one another, or write fewer brackets"));
    }
    Ok((node, parser.words, levels))
}

/// The levels of a tree. Its own brackets and chains are bounded, so that this may walk it.
fn levels(node: &Node, lists: &ListNodes) -> usize {
    let deepest = |nodes: &mut dyn Iterator<Item = &Node>| nodes.map(|node| levels(node, lists)).max().unwrap_or(0);
    1 + match &node.expr {
        Expr::Word(_) | Expr::Phrase(_) => 0,
        Expr::Loose(nodes) | Expr::Or(nodes) | Expr::AnyOf(_, nodes) => deepest(&mut nodes.iter()),
        Expr::And(all, none) => deepest(&mut all.iter().chain(none)),
        Expr::Relation(_, left, right) => levels(left, lists).max(levels(right, lists)),
        Expr::Field(_, inner) | Expr::AtLeast(_, inner) => levels(inner, lists),
        Expr::List(name, _) => lists.get(name).map_or(0, |list| list.depth),
    }
}

/// Reads the lists, in whatever order they use each other. Gives what could be read, and the faults by list.
pub(in crate::watch) fn parse_lists(lists: &BTreeMap<String, String>) -> (ListNodes, Vec<(String, Fault)>) {
    let mut done = ListNodes::new();
    let mut faults = Vec::new();
    // Who waits for whom: a list is read when the last that it uses has been.
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
            Ok((node, words, depth)) => drop(done.insert(name.to_owned(), List { node: Rc::new(node), words, depth })),
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
        let circle = used(&lists[name]).find(|used| lists.contains_key(*used) && !done.contains_key(*used));
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

struct Parser<'t> {
    text: &'t str,
    lexemes: Vec<Lexeme>,
    next: usize,
    lists: &'t ListNodes,
    depth: usize,
    words: usize,
}

impl Parser<'_> {
    /// Counts words that the query stands for.
    fn count(&mut self, words: usize, at: &Range<usize>) -> Result<(), Fault> {
        self.words = self.words.saturating_add(words);
        if self.words > WORDS_MOST {
            let message = format!("more than {WORDS_MOST} words up to here, those of the lists included");
            return Err(Fault::new(at.clone(), message).hint("part it into several watches, or leave lists out"));
        }
        Ok(())
    }

    /// Goes a level deeper.
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MOST {
            return Err(Fault::new(self.at(), format!("brackets nest deeper than {DEPTH_MOST}")));
        }
        Ok(())
    }

    fn peek(&self) -> &Kind {
        &self.lexemes[self.next].kind
    }

    fn at(&self) -> Range<usize> {
        self.lexemes[self.next].at.clone()
    }

    fn take(&mut self) -> Lexeme {
        let lexeme = self.lexemes[self.next].clone();
        if self.next + 1 < self.lexemes.len() {
            self.next += 1;
        }
        lexeme
    }

    fn takes(&mut self, kind: &Kind) -> bool {
        let is_it = self.peek() == kind;
        if is_it {
            self.take();
        }
        is_it
    }

    fn or(&mut self) -> Result<Node, Fault> {
        self.enter()?;
        let mut nodes = vec![self.and()?];
        while self.takes(&Kind::Or) {
            nodes.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(nodes, Expr::Or))
    }

    fn and(&mut self) -> Result<Node, Fault> {
        let (mut all, mut none) = (vec![self.relation()?], Vec::new());
        while self.takes(&Kind::And) {
            if self.takes(&Kind::Not) {
                none.push(self.relation()?);
            } else {
                all.push(self.relation()?);
            }
        }
        if none.is_empty() {
            return Ok(one_or(all, |all| Expr::And(all, Vec::new())));
        }
        let last = all.iter().chain(&none).map(|node| node.at.end).max().unwrap_or_default();
        Ok(Node { at: all[0].at.start..last, expr: Expr::And(all, none) })
    }

    fn relation(&mut self) -> Result<Node, Fault> {
        let mut left = self.unit()?;
        for link in 0.. {
            let relation = match self.peek() {
                Kind::Near(n) => Relation::Near(*n),
                Kind::Before(n) => Relation::Before(*n),
                Kind::SameSentence => Relation::SameSentence,
                Kind::SameParagraph => Relation::SameParagraph,
                Kind::NotNear(n) => Relation::NotNear(*n),
                _ => return Ok(left),
            };
            let operator = self.take().at;
            if link == CHAIN_MOST {
                return Err(Fault::new(operator, format!("more than {CHAIN_MOST} relations follow one another")));
            }
            let right = self.unit()?;
            for side in [&left, &right] {
                placed(side, &self.text[operator.clone()])?;
            }
            let at = left.at.start..right.at.end;
            left = Node { expr: Expr::Relation(relation, Box::new(left), Box::new(right)), at };
        }
        Ok(left)
    }

    fn unit(&mut self) -> Result<Node, Fault> {
        let start = self.at().start;
        if let Kind::Field(part) = *self.peek() {
            let field = self.take().at;
            if *self.peek() == Kind::End {
                return Err(Fault::new(field, format!("{}: needs something behind it", part.name())));
            }
            self.enter()?;
            let inner = self.unit()?;
            self.depth -= 1;
            let at = start..inner.at.end;
            return Ok(Node { expr: Expr::Field(part, Box::new(inner)), at });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let Lexeme { kind, at } = self.lexemes[self.next].clone();
        match kind {
            Kind::Word(_) => self.words(),
            Kind::Quoted(inside) => {
                self.take();
                self.alone(&at)?;
                let steps = steps(&inside, &at, self.text)?;
                self.count(steps.len(), &at)?;
                Ok(Node { expr: Expr::Phrase(steps), at })
            }
            Kind::List(name) => {
                self.take();
                self.alone(&at)?;
                let Some(list) = self.lists.get(&name) else { return Err(no_list(&name, at, self.lists)) };
                self.count(list.words, &at)?;
                Ok(Node { expr: Expr::List(name, Rc::clone(&list.node)), at })
            }
            Kind::Open => {
                self.take();
                if *self.peek() == Kind::Close {
                    return Err(Fault::new(at.start..self.at().end, "nothing stands between these brackets"));
                }
                let inner = self.or()?;
                let end = self.closed(&at)?;
                self.alone(&(at.start..end))?;
                Ok(Node { at: at.start..end, ..inner })
            }
            Kind::AtLeast(n) => {
                self.take();
                self.enter()?;
                let inner = self.unit()?;
                self.depth -= 1;
                placed(&inner, "ATLEAST")?;
                let at = at.start..inner.at.end;
                Ok(Node { expr: Expr::AtLeast(n, Box::new(inner)), at })
            }
            Kind::AnyOf(n) => {
                self.take();
                self.any_of(n, at)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn words(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        while let Kind::Word(word) = self.peek().clone() {
            let at = self.take().at;
            if word.text.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() {
                return Err(Fault::new(at, format!("\"{}\" has no letter and no digit", word.text)));
            }
            nodes.push(Node { expr: Expr::Word(word), at });
        }
        let at = nodes[0].at.start..nodes[nodes.len() - 1].at.end;
        self.count(nodes.len(), &at)?;
        if nodes.len() > LOOSE_WORDS_MOST {
            let message = format!(
                "{} words side by side: near each other in any order, at most {LOOSE_WORDS_MOST} can be sought",
                nodes.len()
            );
            return Err(Fault::new(at, message).hint("put a phrase in quotes, or join the words that matter with AND"));
        }
        self.alone(&at)?;
        Ok(one_or(nodes, Expr::Loose))
    }

    fn any_of(&mut self, n: u32, operator: Range<usize>) -> Result<Node, Fault> {
        let open = self.at();
        if !self.takes(&Kind::Open) {
            return Err(Fault::new(operator, "ANY n OF needs brackets behind it").hint("write ANY 2 OF (a, b, c)"));
        }
        let mut of = vec![self.or()?];
        while self.takes(&Kind::Comma) {
            of.push(self.or()?);
        }
        let at = operator.start..self.closed(&open)?;
        if of.len() < n as usize {
            let message = format!("ANY {n} OF can never be reached: only {} stand between the brackets", of.len());
            return Err(Fault::new(at, message).hint("part them with commas"));
        }
        Ok(Node { expr: Expr::AnyOf(n, of), at })
    }

    fn closed(&mut self, open: &Range<usize>) -> Result<usize, Fault> {
        let at = self.at();
        match self.peek() {
            Kind::Close => Ok(self.take().at.end),
            Kind::End => Err(Fault::new(open.clone(), "this ( is never closed").hint("add a ) at its end")),
            _ => Err(self.unexpected_at(at)),
        }
    }

    /// Nothing but an operator or a closing sign may follow a phrase, a list or a bracket.
    fn alone(&self, before: &Range<usize>) -> Result<(), Fault> {
        let follows = matches!(
            self.peek(),
            Kind::Word(_)
                | Kind::Quoted(_)
                | Kind::List(_)
                | Kind::Open
                | Kind::Field(_)
                | Kind::AtLeast(_)
                | Kind::AnyOf(_)
        );
        if !follows {
            return Ok(());
        }
        let (before, after) = (&self.text[before.clone()], &self.text[self.at()]);
        let fault = Fault::new(self.at(), format!("an operator is missing before {after}"));
        Err(match self.peek() {
            Kind::Open | Kind::AtLeast(_) | Kind::AnyOf(_) => fault.hint("write OR, AND or NEAR/5 between"),
            _ => fault.hint(format!("write {before} OR {after}, or {before} NEAR/5 {after}")),
        })
    }

    fn unexpected(&self) -> Fault {
        self.unexpected_at(self.at())
    }

    fn unexpected_at(&self, at: Range<usize>) -> Fault {
        let written = &self.text[at.clone()];
        match self.peek() {
            Kind::End => Fault::new(before_end(self.text, &self.lexemes), "the query breaks off here")
                .hint("add what should follow"),
            Kind::Close if self.depth == 0 => Fault::new(at, "this ) closes nothing"),
            Kind::Close => Fault::new(at, "something is missing before this )"),
            Kind::Not => Fault::new(at, "NOT stands only behind AND").hint("write ... AND NOT ..."),
            Kind::Comma => Fault::new(at, "a comma parts things only in ANY n OF (...)").hint("write OR or AND"),
            _ => Fault::new(at, format!("something is missing before {written}")),
        }
    }
}

fn before_end(text: &str, lexemes: &[Lexeme]) -> Range<usize> {
    lexemes.iter().rev().nth(1).map_or(0..text.len(), |lexeme| lexeme.at.clone())
}

fn one_or(mut nodes: Vec<Node>, many: impl FnOnce(Vec<Node>) -> Expr) -> Node {
    if nodes.len() == 1 {
        return nodes.remove(0);
    }
    let at = nodes[0].at.start..nodes[nodes.len() - 1].at.end;
    Node { expr: many(nodes), at }
}

/// Relations and counts need places; AND, NOT and ANY n OF are said of whole articles.
fn placed(node: &Node, operator: &str) -> Result<(), Fault> {
    let said_of_articles = match &node.expr {
        Expr::And(..) => "AND",
        Expr::AnyOf(..) => "ANY n OF",
        Expr::Or(nodes) => return nodes.iter().try_for_each(|inner| placed(inner, operator)),
        Expr::Field(_, inner) => return placed(inner, operator),
        Expr::List(name, inner) => {
            return placed(inner, operator).map_err(|fault| {
                Fault::new(node.at.clone(), format!("{} (in the list \"{name}\")", fault.message))
                    .hint(fault.hint.unwrap_or_default())
            });
        }
        _ => return Ok(()),
    };
    let message =
        format!("{said_of_articles} cannot stand inside {operator}: it is said of whole articles, not of places");
    let hint = if operator == "ATLEAST" {
        "count a word, a phrase or an OR of them".to_owned()
    } else {
        format!("write (a {operator} c) AND (b {operator} c)")
    };
    Err(Fault::new(node.at.clone(), message).hint(hint))
}

/// The words between quotes.
fn steps(inside: &str, at: &Range<usize>, text: &str) -> Result<Vec<Step>, Fault> {
    let begin = at.start + text[at.start..].chars().next().map_or(1, char::len_utf8);
    let mut steps = Vec::new();
    for written in inside.split_whitespace() {
        // Where in `inside` it stands: the pieces are slices of it.
        let start = begin + (written.as_ptr() as usize - inside.as_ptr() as usize);
        let at = start..start + written.len();
        if written == "*" {
            steps.push(Step::Gap);
            continue;
        }
        let word = match written.strip_prefix("caps:") {
            Some(text) => Word { text: text.to_owned(), manner: super::Manner::Caps },
            None => meant(written, at.clone())?,
        };
        if word.text.chars().any(char::is_alphanumeric) {
            steps.push(Step::Word(word, at));
        }
    }
    if steps.len() > PHRASE_WORDS_MOST {
        let message = format!("{} words in quotes, at most {PHRASE_WORDS_MOST} can be sought", steps.len());
        return Err(Fault::new(at.clone(), message).hint("a part of the phrase finds it as well"));
    }
    let is_word = |step: &Step| matches!(step, Step::Word(..));
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) if is_word(first) && is_word(last) => Ok(steps),
        (None, _) => Err(Fault::new(at.clone(), "no word stands between these quotes")),
        _ => Err(Fault::new(at.clone(), "a phrase begins and ends with a word, not with *")
            .hint("leave the * at the edge out")),
    }
}

fn no_list(name: &str, at: Range<usize>, lists: &ListNodes) -> Fault {
    let fault = Fault::new(at, format!("there is no list \"{name}\""));
    let most = 1 + name.len() / 4;
    let alike = lists.keys().filter(|known| known.len().abs_diff(name.len()) <= 4 * most).take(LISTS_COMPARED_MOST);
    let nearest = alike.map(|known| (distance(known, name), known)).min();
    match nearest.filter(|(distance, _)| *distance <= most) {
        Some((_, known)) => fault.hint(format!("write {{{known}}}")),
        None if !lists.is_empty() => {
            let known: Vec<_> = lists.keys().take(LISTS_NAMED_MOST).map(|known| format!("{{{known}}}")).collect();
            let more = lists.len() - known.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            fault.hint(format!("the lists are {}{more}", known.join(" ")))
        }
        None => fault.hint("lists stand in the table [lists]"),
    }
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
