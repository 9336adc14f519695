//! How long watching takes beside what it cannot do without: reading the text. All figures are of one core and one run,
//! so that their ratios hold on any machine.
//!
//! `cargo bench --bench watch`. News text is read from the folder in $FEEDWATCH_CORPUS, or from ../shared/corpus beside
//! the project; without either, text is made up.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, MatchKind};
use feedwatch::config::{Config, Environment};
use feedwatch::model::Article;
use feedwatch::text::token::Tokens;
use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource, shipped_names};

/// Articles measured; more change nothing but the time it takes.
const ARTICLES: usize = 4_000;

/// Clauses in one watch, as in real ones.
const CLAUSES_A_WATCH: usize = 10;

/// The regular expressions of one rule each are run over so many articles only: they are that slow.
const REGEX_ARTICLES: usize = 50;
const REGEX_RULES_MOST: usize = 1_000;

fn main() {
    let (articles, source) = articles();
    let bytes: usize = articles.iter().map(|article| article.title.len() + article.body.len()).sum();
    println!("{} articles of {} bytes on average, {source}", articles.len(), bytes / articles.len());
    let vocabulary = Vocabulary::of(&articles);

    let mut tokens = Tokens::default();
    let mut read = || {
        per_article(&articles, |article| {
            tokens.clear();
            tokens.read(&article.title, usize::MAX >> 1);
            tokens.read(&article.body, usize::MAX >> 1);
            sink(tokens.tokens.len());
        })
    };
    let floor = fastest(&mut read);
    println!("tokenise and hash: {} an article ({:.0} MB/s), the floor", us(floor), mb_per_s(bytes, &articles, floor));
    println!();
    println!(
        "{:>8}  {:>10} {:>6}  {:>10} {:>6}  {:>10}  {:>12}  {:>9}",
        "clauses", "decide", "floors", "with why", "hits", "aho-cor.", "regex a rule", "compile"
    );
    for count in [10, 1_000, 10_000, 100_000] {
        let rules = vocabulary.rules(count);
        let begin = Watch::start();
        let set = compile(&rules);
        let compiled = begin.elapsed();
        let mut scratch = Scratch::default();
        articles.iter().for_each(|article| sink(set.decide(article, None, &mut scratch).len()));
        let decide = fastest(|| per_article(&articles, |article| sink(set.decide(article, None, &mut scratch).len())));
        let mut hits = 0;
        let find = per_article(&articles, |article| hits += set.find(article, None, &mut scratch).len());
        let aho = aho_corasick(&articles, &rules);
        let regex = if count <= REGEX_RULES_MOST { us(regex(&articles, &rules)) } else { "-".to_owned() };
        println!(
            "{count:>8}  {:>10} {:>6.1}  {:>10} {:>6.1}  {:>10}  {regex:>12}  {:>6} ms",
            us(decide),
            ratio(decide, floor),
            us(find),
            hits as f64 / articles.len() as f64,
            us(aho),
            compiled.as_millis(),
        );
    }
    println!();
    lists(&articles, floor);
    println!();
    long_article(&vocabulary);
}

/// The lists that ship, each a watch of its own, beside the watches of $FEEDWATCH_CONFIG or of the sample.
fn lists(articles: &[Article], floor: Duration) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feedwatch.toml");
    let file = std::env::var_os("FEEDWATCH_CONFIG").map_or(sample, PathBuf::from);
    let environment = Environment { state_directory: Some("/nowhere".into()), ..Environment::default() };
    let written = match Config::load(&file, &environment) {
        Ok(loaded) => (loaded.watch_files.lists().clone(), loaded.watch_files.sources().to_vec()),
        Err(mistakes) => panic!("{}", mistakes.render(false)),
    };
    let every = shipped_names().map(|name| WatchSource {
        name: name.to_owned(),
        find: format!("{{{name}}}"),
        ..WatchSource::default()
    });
    let every: Vec<_> = every.collect();
    let name = file.display().to_string();
    for (what, lists, sources) in
        [(name.as_str(), &written.0, &written.1), ("every list that ships", &Lists::new(), &every)]
    {
        let begin = Watch::start();
        let Ok((set, _)) = WatchSet::compile(lists, sources) else { panic!("{what}") };
        let compiled = begin.elapsed();
        let mut scratch = Scratch::default();
        articles.iter().for_each(|article| sink(set.decide(article, None, &mut scratch).len()));
        let decide = fastest(|| per_article(articles, |article| sink(set.decide(article, None, &mut scratch).len())));
        let mut hits = 0;
        let find = per_article(articles, |article| hits += set.find(article, None, &mut scratch).len());
        println!(
            "{what}: {} watches, compiled in {} ms; decide {} ({:.1} floors), with why {}, {:.2} hits an article",
            sources.len(),
            compiled.as_millis(),
            us(decide),
            ratio(decide, floor),
            us(find),
            hits as f64 / articles.len() as f64,
        );
    }
}

/// A long article, with rules as above and with nothing but the most common words in relations.
fn long_article(vocabulary: &Vocabulary) {
    let path = shared("seed-article.txt");
    let text = path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_else(|| vocabulary.made_up(1_000));
    let article = Article::of_text(text.trim());
    let plain = compile(&vocabulary.rules(10_000));
    let common = compile(&vocabulary.common_rules(100_000));
    // Often, as the kernel's count of a thread's time moves in steps.
    let often = vec![article.clone(); 200];
    for (what, set) in [("10,000 clauses", plain), ("100,000 NEAR clauses of the most common words", common)] {
        let mut scratch = Scratch::default();
        drop(set.find(&article, None, &mut scratch));
        let decide = fastest(|| per_article(&often, |article| sink(set.decide(article, None, &mut scratch).len())));
        let find = fastest(|| per_article(&often, |article| drop(black_box(set.find(article, None, &mut scratch)))));
        println!("article of {} bytes, {what}: {}, with reasons {}", text.len(), us(decide), us(find));
    }
}

fn fastest(measure: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(measure).take(5).min().unwrap_or_default()
}

/// One rule: its words, and how they stand.
enum Rule {
    Word(String),
    Phrase(String, String),
    Near(String, String),
}

fn compile(rules: &[Rule]) -> WatchSet {
    let query = |rule: &Rule| match rule {
        Rule::Word(word) => word.clone(),
        Rule::Phrase(a, b) => format!("\"{a} {b}\""),
        Rule::Near(a, b) => format!("({a} NEAR/5 {b})"),
    };
    let watches: Vec<_> = rules
        .chunks(CLAUSES_A_WATCH)
        .enumerate()
        .map(|(number, rules)| WatchSource {
            name: format!("watch {number}"),
            find: rules.iter().map(query).collect::<Vec<_>>().join(" OR "),
            ..WatchSource::default()
        })
        .collect();
    match WatchSet::compile(&Lists::new(), &watches) {
        Ok((set, _)) => set,
        Err(problems) => panic!("{:?}", problems.first()),
    }
}

/// The words of the articles.
struct Vocabulary {
    /// In the order of the text.
    words: Vec<String>,
    /// Each once.
    distinct: Vec<String>,
    /// The 200 most common.
    common: Vec<String>,
}

impl Vocabulary {
    fn of(articles: &[Article]) -> Vocabulary {
        let texts = articles.iter().map(|article| article.body.as_str());
        let words: Vec<String> = texts
            .flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()))
            .filter(|word| word.len() > 2)
            .map(str::to_ascii_lowercase)
            .collect();
        let mut counts = std::collections::HashMap::new();
        words.iter().for_each(|word| *counts.entry(word.as_str()).or_insert(0_usize) += 1);
        let mut common: Vec<_> = counts.into_iter().collect();
        common.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
        let distinct = common.iter().map(|(word, _)| (*word).to_owned()).collect();
        let common = common.iter().take(200).map(|(word, _)| (*word).to_owned()).collect();
        Vocabulary { words, distinct, common }
    }

    /// 45 % words, 35 % phrases of neighbours, 20 % NEAR/5, as in real watches not of common words alone.
    fn rules(&self, count: usize) -> Vec<Rule> {
        let mut dice = Dice(1);
        let mut rules = Vec::new();
        while rules.len() < count {
            let at = dice.below(self.words.len() - 6);
            let pair = |offset: usize| (self.words[at].clone(), self.words[at + offset].clone());
            let is_rare = |(a, b): &(String, String)| !self.common.contains(a) || !self.common.contains(b);
            match dice.below(100) {
                0..45 => rules.push(Rule::Word(self.distinct[dice.below(self.distinct.len())].clone())),
                45..80 => rules.extend(Some(pair(1)).filter(is_rare).map(|(a, b)| Rule::Phrase(a, b))),
                _ => rules.extend(Some(pair(1 + dice.below(4))).filter(is_rare).map(|(a, b)| Rule::Near(a, b))),
            }
        }
        rules
    }

    fn common_rules(&self, count: usize) -> Vec<Rule> {
        let mut dice = Dice(2);
        let mut word = || self.common[dice.below(self.common.len())].clone();
        (0..count).map(|_| Rule::Near(word(), word())).collect()
    }

    fn made_up(&self, words: usize) -> String {
        let mut dice = Dice(3);
        (0..words).map(|_| format!("{} ", self.words[dice.below(self.words.len())])).collect()
    }
}

/// A small generator of numbers that are random enough and the same each time (an LCG, Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// All words and phrases as literals in one automaton, over lower-cased text: no families, no distances checked.
fn aho_corasick(articles: &[Article], rules: &[Rule]) -> Duration {
    let literals = rules.iter().flat_map(|rule| match rule {
        Rule::Word(word) => vec![word.clone()],
        Rule::Phrase(a, b) => vec![format!("{a} {b}")],
        Rule::Near(a, b) => vec![a.clone(), b.clone()],
    });
    let mut literals: Vec<_> = literals.collect();
    literals.sort();
    literals.dedup();
    let automaton =
        AhoCorasick::builder().match_kind(MatchKind::Standard).build(literals).expect("the literals are few enough");
    per_article(articles, |article| {
        let text = article.body.to_lowercase();
        let is_edge = |at: Option<u8>| at.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let whole = automaton.find_overlapping_iter(&text).filter(|found| {
            let before = found.start().checked_sub(1).map(|at| text.as_bytes()[at]);
            is_edge(before) && is_edge(text.as_bytes().get(found.end()).copied())
        });
        black_box(whole.count());
    })
}

fn regex(articles: &[Article], rules: &[Rule]) -> Duration {
    let pattern = |rule: &Rule| match rule {
        Rule::Word(word) => format!(r"(?i)(?-u:\b){word}(?-u:\b)"),
        Rule::Phrase(a, b) => format!(r"(?i)(?-u:\b){a}\W+{b}(?-u:\b)"),
        Rule::Near(a, b) => {
            format!(r"(?i)(?-u:\b)(?:{a}\W+(?:\w+\W+){{0,5}}?{b}|{b}\W+(?:\w+\W+){{0,5}}?{a})(?-u:\b)")
        }
    };
    let all: Vec<_> = rules.iter().map(|rule| regex::Regex::new(&pattern(rule)).expect("a plain pattern")).collect();
    let few = &articles[..REGEX_ARTICLES.min(articles.len())];
    per_article(few, |article| sink(all.iter().filter(|regex| regex.is_match(&article.body)).count()))
}

fn per_article(articles: &[Article], mut work: impl FnMut(&Article)) -> Duration {
    let begin = Watch::start();
    articles.iter().for_each(&mut work);
    begin.elapsed() / articles.len() as u32
}

/// Counts the time this thread ran where the kernel tells it (Linux), so that other jobs of the machine do not count;
/// else the time that passed.
struct Watch {
    begin: Instant,
    ran: Option<Duration>,
}

impl Watch {
    fn start() -> Watch {
        Watch { begin: Instant::now(), ran: ran() }
    }

    fn elapsed(&self) -> Duration {
        ran().zip(self.ran).map_or_else(|| self.begin.elapsed(), |(now, then)| now - then)
    }
}

/// How long this thread has run.
fn ran() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn us(time: Duration) -> String {
    format!("{:.2} us", time.as_nanos() as f64 / 1e3)
}

/// Keeps the compiler from leaving the work out.
fn sink(count: usize) {
    black_box(count);
}

fn ratio(time: Duration, floor: Duration) -> f64 {
    time.as_nanos() as f64 / floor.as_nanos().max(1) as f64
}

fn mb_per_s(bytes: usize, articles: &[Article], time: Duration) -> f64 {
    bytes as f64 / articles.len() as f64 / (time.as_nanos().max(1) as f64 / 1e9) / 1e6
}

/// A file of the folder of shared material.
fn shared(file: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let corpus = std::env::var_os("FEEDWATCH_CORPUS").map(PathBuf::from);
    let folder = corpus.and_then(|folder| folder.parent().map(PathBuf::from)).unwrap_or(beside);
    Some(folder.join(file)).filter(|path| path.exists())
}

/// News text where there is some, else text made up of words made up.
fn articles() -> (Vec<Article>, &'static str) {
    let files = ["corpus/en-reuters21578.jsonl", "corpus/en-bbc.jsonl"];
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(shared(file)?).ok());
    let mut articles = Vec::new();
    for text in texts {
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let part = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        articles.extend(lines.map(|value| Article {
            title: part(&value, "title"),
            body: part(&value, "text"),
            ..Article::of_text("")
        }));
    }
    if articles.is_empty() {
        return (made_up_articles(), "made up, as there is no news text");
    }
    // Every n-th, so that all sources have their share.
    let step = articles.len().div_ceil(ARTICLES);
    (articles.into_iter().step_by(step).collect(), "news text")
}

/// Words made of syllables, few of them common and most rare, in sentences.
fn made_up_articles() -> Vec<Article> {
    let mut dice = Dice(7);
    let syllables =
        ["ba", "de", "mi", "ro", "tu", "lan", "ser", "vic", "pon", "gar", "tion", "ment", "ka", "shu", "el", "ost"];
    let vocabulary: Vec<String> =
        (0..60_000).map(|_| (0..2 + dice.below(3)).map(|_| syllables[dice.below(syllables.len())]).collect()).collect();
    let mut word = || {
        // The n-th word comes up about once in n words, as in real text.
        let rank = 1_usize << dice.below(16);
        vocabulary[(rank + dice.below(rank)).min(vocabulary.len() - 1)].as_str()
    };
    let mut article = || Article {
        title: (0..8).map(|_| word()).collect::<Vec<_>>().join(" "),
        body: (0..160).map(|_| word()).collect::<Vec<_>>().join(" "),
        ..Article::of_text("")
    };
    (0..ARTICLES).map(|_| article()).collect()
}
