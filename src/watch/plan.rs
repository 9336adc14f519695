//! From trees to a plan: all queries of all watches become one graph in which equal questions are one node, and each
//! watch is filed under the terms without which it cannot fire.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::forms::Language;
use super::lexicon::{FormRules, Lexicon, RulesId, TermId};
use super::matcher::LOOSE_WORDS_BETWEEN;
use super::signs::Pieces;
use super::syntax::{self, Expr, Node, Part, Relation, Shipped, ShippedNodes, Word, print};
use super::wide::Wide;
use crate::text::fold::{Class, table};

/// A node's number.
pub(super) type NodeId = u32;

/// A question to an article. Most have places for an answer, `And` and `AnyOf` only yes or no.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// Nothing can answer it.
    Never,
    /// A term, in a part of the article or in its text.
    Term(TermId, Option<Part>),
    /// The places of a node that no place of the mask touches.
    Unmasked(NodeId, NodeId),
    Or(Box<[NodeId]>),
    /// All of the first, none of the second.
    And(Box<[NodeId]>, Box<[NodeId]>),
    AnyOf(u32, Box<[NodeId]>),
    /// One behind the other.
    Phrase(Box<[Step]>),
    /// All near each other, in any order, in one sentence, with at most this many words between neighbours.
    Loose(Box<[NodeId]>, u32),
    Relation(Relation, NodeId, NodeId),
    AtLeast(u32, NodeId),
}

/// A word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The number of free words before it.
    pub(super) gap: u32,
    /// Whether a sentence may end before it: the analyst wrote a full stop there.
    pub(super) crosses: bool,
    pub(super) node: NodeId,
}

/// The graph.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) lexicon: Lexicon,
    pub(super) nodes: Vec<Op>,
    /// The text as the analyst wrote it, for words and phrases.
    pub(super) written: Vec<Option<Arc<str>>>,
    /// The nodes of lists, and their names in braces.
    pub(super) named: HashMap<NodeId, Arc<str>>,
    numbers: HashMap<(Op, Option<Arc<str>>), NodeId>,
    /// The node of a list, by how it was read and its name.
    lists: HashMap<(Reading, String), NodeId>,
    /// The node of a list that ships, by how it was read, its name and its language.
    shipped: HashMap<(Reading, &'static str, &'static str), NodeId>,
    /// The look-alikes of a built-in list, by how the list was read, its name and its language.
    look_alikes: HashMap<(Reading, &'static str, &'static str), Option<NodeId>>,
    /// The nodes of built-in lists in one language, each with the name of its list and its language.
    pub(super) spoken: HashMap<NodeId, (&'static str, &'static str)>,
    /// The nodes of look-alikes, each with the name of its list and its language.
    pub(super) passed_over: HashMap<NodeId, (&'static str, &'static str)>,
    pub(super) wide: Wide,
    /// Whether any query asks for more than the text.
    pub(super) uses_labels: bool,
}

/// How the words of a query are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    pub(super) forms: RulesId,
    /// Phrases that do not count, as one node.
    pub(super) mask: Option<NodeId>,
    part: Option<Part>,
    /// The language in which built-in lists are read; none means all their languages.
    lang: Option<&'static str>,
    /// Whether a distance was meant in words and is to be counted in signs.
    in_signs: bool,
}

/// The most words between neighbours side by side of which one is a built-in list: some of its languages put the verb
/// last, and a list of hundreds of words may be less near.
const LOOSE_LISTS_BETWEEN: u32 = 8;

/// Languages whose distances count signs, and how many of these make a word.
const SIGN_LANGUAGES: &[&str] = &["zh", "ja", "th"];
const SIGNS_A_WORD: u32 = 2;

impl Reading {
    /// The same, by other rules.
    pub(super) fn by(&self, forms: RulesId) -> Reading {
        Reading { forms, ..*self }
    }

    /// The same, with the lists that ship in this one of the languages that a query is read in.
    pub(super) fn speaking(&self, lang: Option<&'static str>, is_one_of_many: bool) -> Reading {
        let in_signs = is_one_of_many && lang.is_some_and(|lang| SIGN_LANGUAGES.contains(&lang));
        Reading { lang, in_signs, ..*self }
    }

    fn distance(&self, words: u32) -> u32 {
        if self.in_signs { words * SIGNS_A_WORD } else { words }
    }

    fn relation(&self, relation: Relation) -> Relation {
        match relation {
            Relation::Near(n, reach) => Relation::Near(self.distance(n), reach),
            Relation::Before(n, reach) => Relation::Before(self.distance(n), reach),
            Relation::NotNear(n, reach) => Relation::NotNear(self.distance(n), reach),
            Relation::SameSentence | Relation::SameParagraph => relation,
        }
    }
}

impl Plan {
    /// Words are to be read in these languages, without the forms that were struck.
    pub(super) fn reading(&mut self, languages: Vec<Language>, struck: BTreeSet<String>) -> Reading {
        Reading { forms: self.rules(languages, struck), mask: None, part: None, lang: None, in_signs: false }
    }

    /// The number of such rules.
    pub(super) fn rules(&mut self, languages: Vec<Language>, struck: BTreeSet<String>) -> RulesId {
        self.lexicon.rules(FormRules { languages, struck })
    }

    /// Files a tree in the graph and gives its node.
    pub(super) fn add(&mut self, node: &Node, how: &Reading) -> NodeId {
        match &node.expr {
            Expr::Word(word) => self.add_word(word, how),
            Expr::Loose(words) => {
                let nodes = self.add_all(words, how);
                let has_list = words.iter().any(|node| matches!(node.expr, Expr::Shipped(..)));
                let between = if has_list { LOOSE_LISTS_BETWEEN } else { LOOSE_WORDS_BETWEEN };
                self.file(Op::Loose(nodes.into(), how.distance(between)), None)
            }
            Expr::Phrase(steps) => {
                let written = print(node);
                self.add_phrase(steps, &written, how)
            }
            Expr::Or(nodes) => {
                let nodes = self.add_all(nodes, how);
                self.either(nodes)
            }
            Expr::And(all, none) => {
                let all = self.add_all(all, how);
                let none = self.add_all(none, how);
                self.file(Op::And(all.into(), none.into()), None)
            }
            Expr::Relation(relation, left, right) => {
                let (left, right) = (self.add(left, how), self.add(right, how));
                self.file(Op::Relation(how.relation(*relation), left, right), None)
            }
            Expr::Field(part, inner) => {
                self.uses_labels |= !matches!(part, Part::Title | Part::Summary | Part::Body | Part::Lead);
                self.add(inner, &Reading { part: Some(*part), ..*how })
            }
            Expr::AtLeast(n, inner) => {
                let inner = self.add(inner, how);
                self.file(Op::AtLeast(*n, inner), None)
            }
            Expr::AnyOf(n, of) => {
                let of = self.add_all(of, how);
                self.file(Op::AnyOf(*n, of.into()), None)
            }
            // Many watches use one list, and lists use lists: each is read once for all that read it in the same way.
            Expr::List(name, inner) => match self.lists.get(&(*how, name.clone())) {
                Some(node) => *node,
                None => {
                    let node = self.add(inner, how);
                    self.lists.insert((*how, name.clone()), node);
                    self.name(node, name);
                    node
                }
            },
            Expr::Shipped(list, own) => self.add_shipped(list, own.or(how.lang), how),
        }
    }

    /// A built-in list, in one language or in all its languages.
    fn add_shipped(&mut self, list: &Shipped, lang: Option<&str>, how: &Reading) -> NodeId {
        let how = Reading { lang: None, in_signs: false, ..*how };
        let spoken = list.languages.iter().filter(|words| lang.is_none_or(|lang| lang == words.lang));
        let nodes = spoken.map(|words| self.add_in_language(list, words, &how)).collect();
        let node = self.either(nodes);
        self.name(node, list.name);
        node
    }

    /// Keeps the name of a list for its node; a list of one word is told as that word.
    fn name(&mut self, node: NodeId, name: &str) {
        if let Op::Or(_) = self.nodes[node as usize] {
            self.named.entry(node).or_insert_with(|| format!("{{{name}}}").into());
        }
    }

    fn add_in_language(&mut self, list: &Shipped, words: &ShippedNodes, how: &Reading) -> NodeId {
        if let Some(node) = self.shipped.get(&(*how, list.name, words.lang)) {
            return *node;
        }
        let forms = self.rules_of(words, how);
        let mask = self.look_alikes(list.name, words, how);
        let node = self.add(&words.find, &Reading { forms, mask, ..*how });
        self.shipped.insert((*how, list.name, words.lang), node);
        self.spoken.insert(node, (list.name, words.lang));
        node
    }

    /// The look-alikes that hide words of a list in one language. Those of another language would hide words that are
    /// meant here.
    fn look_alikes(&mut self, name: &'static str, words: &ShippedNodes, how: &Reading) -> Option<NodeId> {
        let anywhere = Reading { part: None, ..*how };
        let key = (anywhere, name, words.lang);
        if let Some(mask) = self.look_alikes.get(&key) {
            return *mask;
        }
        let forms = self.rules_of(words, how);
        let mut masks = Vec::new();
        for node in &words.pass_over {
            // Each alternative by itself, so that those can be looked for that have a word in the article.
            let nodes = match &node.expr {
                Expr::Or(nodes) => nodes,
                _ => std::slice::from_ref(node),
            };
            masks.extend(self.add_all(nodes, &Reading { forms, mask: None, ..anywhere }));
        }
        let own = (!masks.is_empty()).then(|| self.either(masks));
        self.passed_over.extend(own.map(|node| (node, (name, words.lang))));
        let both: Vec<_> = how.mask.into_iter().chain(own).collect();
        let mask = (!both.is_empty()).then(|| self.either(both));
        self.look_alikes.insert(key, mask);
        mask
    }

    fn rules_of(&mut self, words: &ShippedNodes, how: &Reading) -> RulesId {
        self.lexicon.rules_in(how.forms, Language::of_code(words.lang).unwrap_or_default())
    }

    fn add_all(&mut self, nodes: &[Node], how: &Reading) -> Vec<NodeId> {
        nodes.iter().map(|node| self.add(node, how)).collect()
    }

    /// One of these nodes, as a node.
    pub(super) fn either(&mut self, mut nodes: Vec<NodeId>) -> NodeId {
        nodes.sort_unstable();
        nodes.dedup();
        match nodes[..] {
            [] => self.file(Op::Never, None),
            [one] => one,
            _ => self.file(Op::Or(nodes.into()), None),
        }
    }

    /// A word may be several tokens: `go-between` is also "go between", 调停 a phrase of two signs.
    fn add_word(&mut self, word: &Word, how: &Reading) -> NodeId {
        let written: Arc<str> = word.to_string().into();
        let Pieces { all, joined } = Pieces::of(word);
        match &all[..] {
            [] => self.file(Op::Never, None),
            [one] => {
                let term = self.lexicon.add(one, how.forms);
                self.leaf(term, written, how)
            }
            many => {
                let steps = many.iter().map(|piece| {
                    let term = self.lexicon.add(piece, how.forms);
                    self.leaf(term, written.clone(), how)
                });
                let steps: Vec<_> = steps.map(|node| Step { gap: 0, crosses: false, node }).collect();
                let apart = self.file(Op::Phrase(steps.into()), Some(written.clone()));
                let Some(joined) = joined else { return apart };
                let term = self.lexicon.add(&joined, how.forms);
                let together = self.leaf(term, written, how);
                self.either(vec![apart, together])
            }
        }
    }

    fn leaf(&mut self, term: TermId, written: Arc<str>, how: &Reading) -> NodeId {
        let leaf = self.file(Op::Term(term, how.part), Some(written.clone()));
        match how.mask {
            Some(mask) => self.file(Op::Unmasked(leaf, mask), Some(written)),
            None => leaf,
        }
    }

    fn add_phrase(&mut self, steps: &[syntax::Step], written: &str, how: &Reading) -> NodeId {
        let written: Arc<str> = written.into();
        let mut nodes = Vec::new();
        let (mut gap, mut crosses) = (0, false);
        for step in steps {
            match step {
                syntax::Step::Gap => gap += 1,
                syntax::Step::Word(word, _) => {
                    nodes.push(Step { gap, crosses, node: self.add_word(word, how) });
                    (gap, crosses) = (0, word.text.ends_with(ends_sentence));
                }
            }
        }
        self.file(Op::Phrase(nodes.into()), Some(written))
    }

    /// The next watches have their own lists, whatever their names.
    pub(super) fn forget_lists(&mut self) {
        self.lists.clear();
    }

    /// Forgets what only adding needs.
    pub(super) fn seal(&mut self) {
        (self.numbers, self.lists, self.shipped, self.look_alikes) = Default::default();
        self.lexicon.seal();
        self.wide = Wide::of(self);
    }

    /// Visits the anchors of a node.
    pub(super) fn each_anchor(&self, node: NodeId, mut visit: impl FnMut(TermId)) {
        // Nearly all that there are many of are words.
        let op = |node: NodeId| &self.nodes[node as usize];
        match op(node) {
            Op::Term(term, _) => visit(*term),
            Op::Unmasked(inner, _) if matches!(op(*inner), Op::Term(..)) => self.each_anchor(*inner, visit),
            _ => self.anchors(node).terms.into_iter().for_each(visit),
        }
    }

    fn file(&mut self, op: Op, written: Option<Arc<str>>) -> NodeId {
        let key = (op, written);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.nodes.len() as NodeId;
        self.nodes.push(key.0.clone());
        self.written.push(key.1.clone());
        self.numbers.insert(key, number);
        number
    }

    /// Terms of which at least one occurs wherever the node matches: as few and as rare as can be.
    pub(super) fn anchors(&self, node: NodeId) -> Anchors {
        self.needs(node).into_iter().min_by_key(|anchors| anchors.cost).unwrap_or_default()
    }

    /// All that the node needs: of each set of terms, one must occur.
    pub(super) fn needs(&self, node: NodeId) -> Vec<Anchors> {
        match &self.nodes[node as usize] {
            Op::Never => vec![Anchors::default()],
            Op::Term(term, _) => {
                vec![Anchors { terms: BTreeSet::from([*term]), cost: self.lexicon.cost(*term) }]
            }
            Op::Unmasked(inner, _) | Op::AtLeast(_, inner) => self.needs(*inner),
            Op::Relation(Relation::NotNear(..), left, _) => self.needs(*left),
            Op::Relation(_, left, right) => [left, right].into_iter().flat_map(|node| self.needs(*node)).collect(),
            Op::And(nodes, _) | Op::Loose(nodes, _) => nodes.iter().flat_map(|node| self.needs(*node)).collect(),
            Op::Phrase(steps) => steps.iter().flat_map(|step| self.needs(step.node)).collect(),
            Op::Or(nodes) => vec![self.union(nodes.iter().copied())],
            // Without all but n - 1 of them the count is out of reach: one of the rest must be there.
            Op::AnyOf(n, nodes) => {
                let mut each: Vec<_> = nodes.iter().map(|node| (self.anchors(*node).cost, *node)).collect();
                each.sort_unstable();
                each.truncate(nodes.len() + 1 - *n as usize);
                vec![self.union(each.into_iter().map(|(_, node)| node))]
            }
        }
    }

    /// The anchors of all nodes together.
    pub(super) fn union(&self, nodes: impl Iterator<Item = NodeId>) -> Anchors {
        let mut all = Anchors::default();
        for node in nodes {
            let Anchors { terms, cost } = self.anchors(node);
            all.terms.extend(terms);
            all.cost += cost;
        }
        all
    }
}

/// Terms that call a watch up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchors {
    pub(super) terms: BTreeSet<TermId>,
    /// How often they will call, by estimate.
    pub(super) cost: u64,
}

fn ends_sentence(c: char) -> bool {
    matches!(table().look_up(c).0, Class::Dot | Class::Stop | Class::FullStop)
}
