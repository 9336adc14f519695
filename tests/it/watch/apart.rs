//! Files that know nothing of each other, as one set: each watch finds what it finds in a set of its own file.

use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};

use super::{article, watch};

/// Queries of the text, of labels, of lists of the same name, and of lists that ship.
const QUERIES: [&str; 7] = [
    "office closure",
    "category: diplomacy",
    "close AND author: doe",
    "\"the office\"",
    "ATLEAST 2 office",
    "{place} NEAR/5 close",
    "close AND NOT {place}",
];

#[test]
fn watches_of_files_that_are_apart_find_what_they_find_alone() {
    let articles = [
        article("The office closes", "The office closes for good", "Nothing else. An office-closing day."),
        article("Doe", "diplomacy", "the bureau closes; the embassy does not"),
        article("", "", ""),
    ];
    let lists = ["office OR embassy", "bureau", "nothing OR day"]
        .map(|list| Lists::from([("place".to_owned(), list.to_owned())]));
    let watches: Vec<WatchSource> =
        QUERIES.iter().enumerate().map(|(n, query)| WatchSource { name: format!("w{n}"), ..watch(query) }).collect();
    let files: Vec<_> = lists.iter().map(|lists| (lists, watches.as_slice())).collect();
    let (together, _) = WatchSet::compile_apart(&files).unwrap();
    assert_eq!(together.len(), files.len() * watches.len());
    let (mut room, mut found_any) = (Scratch::default(), 0);
    for article in &articles {
        let numbers = together.decide(article, None, &mut room).to_vec();
        let hits = together.hits(article, None, &mut room);
        assert_eq!(numbers.len(), hits.len());
        for (file, (lists, watches)) in files.iter().enumerate() {
            let (alone, _) = WatchSet::compile(lists, watches).unwrap();
            let of_file = |number: &u32| *number as usize / watches.len() == file;
            let own: Vec<_> =
                numbers.iter().zip(&hits).filter(|(number, _)| of_file(number)).map(|(_, hit)| hit.clone()).collect();
            assert_eq!(own, alone.find(article, None, &mut Scratch::default()), "file {file}, {:?}", article.title);
            found_any += own.len();
        }
    }
    assert!(found_any > 20, "{found_any} hits");
}
