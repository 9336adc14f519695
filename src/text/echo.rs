//! What a feed says twice: the site's name behind every title, the title at the head of the summary. Pure.

/// What parts a title from the name of its site.
const SEPARATORS: &[&str] = &[" - ", " – ", " — ", " | ", " :: ", " · ", " » "];

/// Where the name of the site begins that a title ends in, its separator included: `None` when it has none. A name is
/// known by being the feed's title, or the beginning or end of it in whole words, whatever the case.
pub fn site_suffix(title: &str, feed_title: &str) -> Option<usize> {
    let last = SEPARATORS.iter().filter_map(|separator| Some((title.rfind(separator)?, separator.len())));
    let (at, length) = last.max()?;
    let (name, feed) = (words(&title[at + length..]), words(feed_title));
    let known = !name.is_empty()
        && (feed.starts_with(&name) || feed.ends_with(&name) || name.starts_with(&feed) && !feed.is_empty());
    (known && at > 0).then_some(at)
}

/// How many bytes at the beginning of a text repeat its title, punctuation and space behind it included; 0 when it does
/// not begin with it.
pub fn repeated_title(title: &str, text: &str) -> usize {
    let mut rest = text;
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let start = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = start.find(|c: char| !c.is_alphanumeric()).unwrap_or(start.len());
        if !same(&start[..end], word) {
            return 0;
        }
        rest = &start[end..];
    }
    let after = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    if title.contains(char::is_alphanumeric) { text.len() - after.len() } else { 0 }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_of_the_site() {
        for (title, feed, expected) in [
            ("Talks resume - Reuters", "Reuters World News", Some("Talks resume")),
            ("Talks resume | BBC News", "News from the BBC", None),
            ("Talks resume | The Guardian", "World news | The Guardian", Some("Talks resume")),
            ("Box office - a closure", "Reuters", None),
            ("Reuters", "Reuters", None),
            ("A - B - reuters", "Reuters", Some("A - B")),
        ] {
            assert_eq!(site_suffix(title, feed).map(|at| &title[..at]), expected, "{title}");
        }
    }

    #[test]
    fn finds_the_title_again() {
        for (title, text, rest) in [
            ("Talks resume", "Talks resume. They met.", "They met."),
            ("Talks resume!", "TALKS RESUME", ""),
            ("Talks resume", "Talks resumed", "Talks resumed"),
            ("Talks", "The talks", "The talks"),
            ("…", "… and so", "… and so"),
        ] {
            assert_eq!(&text[repeated_title(title, text)..], rest, "{title}");
        }
    }
}
