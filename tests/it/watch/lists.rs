//! The lists that ship: each finds its own sentences and passes over its own look-alikes, in each of its languages.

use feedwatch::model::Article;
use feedwatch::watch::{
    Lists, Part, PassedOver, Scratch, ShippedWords, WatchSet, WatchSource, advice, shipped_list, shipped_names,
};

use super::{article, find, texts, watch};

/// The languages that every list speaks.
const LANGUAGES: [&str; 16] =
    ["en", "fr", "es", "pt", "it", "de", "ru", "ar", "he", "tr", "zh", "fa", "uk", "ja", "ko", "nl"];

/// Sentences of each kind that a list has in a language, at least.
const SENTENCES_LEAST: usize = 2;

fn set(source: WatchSource) -> WatchSet {
    match WatchSet::compile(&Lists::new(), &[source]) {
        Ok((set, warnings)) => {
            assert_eq!(warnings, []);
            set
        }
        Err(problems) => panic!("{problems:#?}"),
    }
}

#[test]
fn every_list_finds_its_sentences_and_passes_over_its_look_alikes() {
    let mut wrong = Vec::new();
    for name in shipped_names() {
        let list = shipped_list(name).unwrap();
        assert!(!list.about.is_empty(), "{name}");
        let spoken: Vec<_> = list.languages.iter().map(|words| words.lang).collect();
        assert_eq!(spoken, LANGUAGES, "{name}");
        let all = set(watch(&format!("{{{name}}}")));
        let mut scratch = Scratch::default();
        for words in &list.languages {
            let ShippedWords { lang, should_find, should_pass_over, .. } = words;
            for sentences in [should_find, should_pass_over] {
                assert!(sentences.len() >= SENTENCES_LEAST, "{name} in {lang} has too few sentences");
            }
            // Alone, and beside all other languages: what one means another may read as something else.
            let alone = set(watch(&format!("{{{name}.{lang}}}")));
            let mut other = Scratch::default();
            for sentence in should_find {
                if alone.decide(&Article::of_text(sentence), None, &mut other).is_empty() {
                    wrong.push(format!("{{{name}.{lang}}} misses: {sentence}"));
                }
            }
            for sentence in should_pass_over {
                for hit in all.find(&Article::of_text(sentence), None, &mut scratch) {
                    let why = hit.why.iter().map(|why| format!("{} in {}", why.text, why.clause));
                    wrong.push(format!(
                        "{{{name}}} finds in {lang}: {sentence} ({})",
                        why.collect::<Vec<_>>().join(", ")
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_list_takes_the_place_of_a_word_in_every_query() {
    let about = |find: &str, title: &str| texts(super::find(&watch(find), &article(title, "", "")));
    assert_eq!(about("{office} {closing}", "Norway shuts its embassy"), ["shuts", "embassy"]);
    assert_eq!(about("{office} {closing}", "Norway shuts its oven"), [""; 0]);
    assert_eq!(about("hamas {office}", "The bureau of Hamas"), ["bureau", "Hamas"]);
    assert_eq!(about("{closing} NEAR/4 {office}", "Oslo schließt die Botschaft"), ["schließt", "Botschaft"]);
    assert_eq!(
        about("{closing} BEFORE/2 {office}", "公司关闭在上海办事处"),
        ["关闭", "办事处"],
        "two signs are a word"
    );
    assert_eq!(about("title: {office}", "The embassy"), ["embassy"]);
    assert_eq!(about("{office.fr}", "The embassy and the ambassade"), ["ambassade"]);
    assert_eq!(about("{office} AND NOT {closing}", "The embassy"), ["embassy"]);
    assert_eq!(about("ATLEAST 2 {office}", "The embassy and the consulate"), ["embassy", "consulate"]);
}

#[test]
fn a_query_of_one_language_takes_that_language_of_a_list() {
    let german = WatchSource { lang: Some("de".to_owned()), ..watch("{office}") };
    assert!(find(&german, &article("Die Botschaft", "", "")).is_some());
    assert!(find(&german, &article("The embassy", "", "")).is_none());
    let also = WatchSource { also: [("fr".to_owned(), "{closing}".to_owned())].into(), ..watch("mediation") };
    assert!(find(&also, &article("Fermeture en mai", "", "")).is_some());
    assert!(find(&also, &article("The shop closed", "", "")).is_none());
}

#[test]
fn languages_are_not_mixed() {
    // `bureau` is French here as well, `schließen` German: no language has both.
    let both = watch("{office} {closing}");
    assert!(find(&both, &article("Das ambassade schließen", "", "")).is_none());
}

#[test]
fn look_alikes_of_a_list_are_hidden_from_it_alone() {
    let both = watch("{office} OR office");
    assert_eq!(texts(find(&both, &article("Box office", "", ""))), ["office"]);
    assert_eq!(texts(find(&watch("{office}"), &article("Box office", "", ""))), [""; 0]);
    assert_eq!(texts(find(&watch("{office}"), &article("Box office, then the office", "", ""))), ["office"]);
}

#[test]
fn look_alikes_of_a_language_hide_its_own_words_alone() {
    // A query, a text, and what is found in it.
    let cases: &[(&str, &str, &[&str])] = &[
        // "sede por" is a thirst in Portuguese, a seat in Spanish.
        ("{office.es} {closing.es}", "La ONG cierra su sede por amenazas", &["cierra", "sede"]),
        ("{office.pt} {closing.pt}", "A ONG fecha a sede por falta de fundos", &["fecha", "sede"]),
        ("{office.pt}", "Uma sede por vingança", &[]),
        // "mission locale" is a job centre in French.
        ("{office.en}", "The mission locale", &["mission"]),
        ("{office.fr}", "La mission locale", &[]),
        (
            "{office.de} {closing.de}",
            "Deutschland schließt Botschaft an der Elfenbeinküste",
            &["schließt", "Botschaft"],
        ),
        ("{office}", "Eine Botschaft an alle", &[]),
        ("{closing.en}", "The deal was sealed with a handshake", &[]),
        ("{office.en} {closing.en}", "The office in Lagos was sealed with red tape", &["office", "sealed"]),
        ("{office.en} {closing.en}", "Wall Street Journal closes its Moscow bureau", &["closes", "bureau"]),
        ("{office.fr} {closing.fr}", "En fin d'année, l'agence fermera", &["agence", "fermera"]),
    ];
    for (query, text, found) in cases {
        let mut words = texts(find(&watch(query), &article(text, "", "")));
        words.dedup();
        assert_eq!(words, *found, "{query}: {text}");
    }
}

#[test]
fn a_miss_names_the_list_that_passes_a_word_over() {
    let source = WatchSource { ignore: vec!["\"=the =bureau\"".to_owned()], ..watch("{office.en} AND weather") };
    let text = article("", "", "Box office rises, says the bureau");
    let verdict = set(source).verdict("w", &text, None, &mut Scratch::default()).unwrap();
    let clause = &verdict.clauses[0];
    assert_eq!(clause.ignored, ["bureau"]);
    let [PassedOver { word, list, by }] = &clause.passed_over[..] else { panic!("{:?}", clause.passed_over) };
    assert_eq!((&**word, &**list, &**by), ("office", "{office.en}", "\"box office\""));
}

#[test]
fn what_is_explained_says_which_words_come_of_a_list() {
    let explanation = set(watch("{office} NEAR/5 hamas")).explain("w").unwrap();
    let term = |name: &str| explanation.terms.iter().find(|term| term.term == name).unwrap();
    assert!(term("hamas").is_own && term("hamas").lists.is_empty());
    assert!(!term("ambassade").is_own);
    assert!(term("ambassade").lists.contains(&("office", "fr")));
}

#[test]
fn an_own_list_comes_before_one_that_ships() {
    let lists = Lists::from([("office".to_owned(), "kiosk OR {closing}".to_owned())]);
    let (set, _) = WatchSet::compile(&lists, &[watch("{office}")]).unwrap();
    let mut scratch = Scratch::default();
    let found = |title: &str, scratch: &mut Scratch| set.decide(&article(title, "", ""), None, scratch).len();
    assert_eq!(found("The kiosk", &mut scratch), 1);
    assert_eq!(found("The embassy", &mut scratch), 0);
    assert_eq!(found("La fábrica cerrará", &mut scratch), 1);
    assert_eq!(set.explain("w").unwrap().finds.iter().map(|clause| &*clause.text).collect::<Vec<_>>(), ["{office}"]);
}

#[test]
fn check_proposes_a_list_for_a_word_and_tells_of_one_that_stands_in() {
    // A find, the language it is in, and the lists that are proposed.
    let cases: &[(&str, &str, &[&str])] = &[
        ("closure NEAR/5 offices", "en", &["closing", "office"]),
        ("kidnapped OR hostages", "en", &["hostage"]),
        ("fermer", "fr", &["closing"]),
        ("Streik", "de", &["strike"]),
        ("{office} closing", "en", &["closing"]),
        ("{office.fr} office", "en", &[]),
        ("\"box office\" OR =office", "en", &[]),
        ("medium rare", "en", &[]),
    ];
    for (query, lang, proposed) in cases {
        let source = WatchSource { lang: Some((*lang).to_owned()), ..watch(query) };
        let said: Vec<String> = advice(&Lists::new(), &[source]).into_iter().map(|note| note.message).collect();
        let wanted: Vec<_> = proposed
            .iter()
            .map(|name| format!("there is a list {{{name}}} in {} languages", LANGUAGES.len()))
            .collect();
        assert_eq!(said, wanted, "{query}");
    }
    let own = Lists::from([("office".to_owned(), "kiosk".to_owned())]);
    let said: Vec<_> = advice(&own, &[watch("office")]).into_iter().map(|note| (note.part, note.message)).collect();
    let wanted = "this list is used for {office}, and not the one of that name that ships".to_owned();
    assert_eq!(said, [(Part::List("office".to_owned()), wanted)]);
}

#[test]
fn a_list_that_does_not_speak_a_language_says_which_it_does() {
    for (source, at) in [
        (watch("{office.fi}"), Part::Find(0)),
        (
            WatchSource { also: [("fi".to_owned(), "{office}".to_owned())].into(), ..watch("a b") },
            Part::Also(0, "fi".to_owned()),
        ),
    ] {
        let problem = WatchSet::compile(&Lists::new(), &[source]).unwrap_err().remove(0);
        assert_eq!((problem.part, &*problem.message), (at, "the list {office} does not speak \"fi\""));
        assert_eq!(problem.hint.unwrap(), format!("it speaks {}", LANGUAGES.join(" ")));
    }
}
