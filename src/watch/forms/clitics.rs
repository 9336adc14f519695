//! Arabic, Hebrew, Persian: particles are attached to the front of a word and pronouns to its end. A form is recognised
//! by removing them and looking up the rest. Roots are never compared: they would merge words that must stay apart.

use super::Language;

/// Letters that must remain; a shorter rest is another word.
const REST_LETTERS_LEAST: usize = 3;

/// The particles and pronouns that a language attaches to words, folded.
struct Particles {
    /// At most one of each row, in this order.
    before: &'static [&'static [&'static str]],
    behind: &'static [&'static str],
}

const ARABIC: Particles = Particles {
    before: &[&["و", "ف"], &["س"], &["ب", "ك", "ل"], &["ال", "لل"]],
    behind: &[
        "ه", "ها", "هم", "هن", "هما", "ك", "كم", "نا", "ي", "ين", "ون", "ان", "ات", "وا", "تان", "تين", "اته", "اتها",
        "اتهم", "يه", "يها", "ا", "ت", "ته", "تها", "تهم",
    ],
};

const HEBREW: Particles = Particles {
    before: &[&["ו"], &["כש", "מש", "ש"], &["ב", "ל", "מ", "כ"], &["ה"]],
    behind: &[
        "ים", "ות", "י", "יו", "יה", "יהם", "יהן", "ו", "ה", "ם", "ן", "נו", "ך", "כם", "ת", "תו", "תה", "תם", "תנו",
        "ינו", "ית", "יות", "ויות",
    ],
};

const PERSIAN: Particles = Particles {
    before: &[&["ن"], &["مي", "ب"]],
    behind: &["ها", "هاي", "هايي", "ي", "اي", "ان", "ش", "شان", "م", "مان", "ت", "تان", "هايش", "گان", "گري", "ند"],
};

fn particles(language: Language) -> &'static Particles {
    match language {
        Language::He => &HEBREW,
        Language::Fa => &PERSIAN,
        _ => &ARABIC,
    }
}

/// The stems of a word as an analyst types it: with and without its article.
pub(super) fn stems(word: &str, language: Language) -> Vec<String> {
    let article = match language {
        Language::Ar => "ال",
        Language::He => "ה",
        _ => "",
    };
    let mut stems = vec![plain_ending(word)];
    // Hebrew ה is too often the word's own first letter to be taken off a short word.
    let least = REST_LETTERS_LEAST + usize::from(language == Language::He);
    if let Some(rest) = word.strip_prefix(article).filter(|rest| !article.is_empty() && rest.chars().count() >= least) {
        stems.push(plain_ending(rest));
    }
    stems
}

/// Every way to read a form as particles around a stem; gives the stems.
pub(in crate::watch) fn readings(form: &str, language: Language, try_stem: &mut dyn FnMut(&str)) {
    let particles = particles(language);
    strip_before(form, particles.before, &mut |rest| {
        try_rest(rest, try_stem);
        for behind in particles.behind {
            let Some(stem) = rest.strip_suffix(behind) else { continue };
            try_rest(stem, try_stem);
            // Endings change before an attached pronoun: وساطته is of وساطه, חברתו of חברה, اخلائه of اخلاء.
            for (shown, own) in [("ت", "ه"), ("ת", "ה"), ("ي", "ء"), ("و", "ء")] {
                if let Some(head) = stem.strip_suffix(shown) {
                    try_rest(&format!("{head}{own}"), try_stem);
                }
            }
            // The plural ending replaces the ending of the singular.
            let own: &[&str] = match *behind {
                "ات" | "اته" | "اتها" | "اتهم" => &["ه"],
                "ות" => &["ה", "ת"],
                "ת" | "תו" | "תה" | "תם" => &["ה"],
                "ויות" => &["ות"],
                _ => &[],
            };
            own.iter().for_each(|own| try_rest(&format!("{stem}{own}"), try_stem));
        }
    });
}

fn try_rest(rest: &str, try_stem: &mut dyn FnMut(&str)) {
    if is_long_enough(rest) {
        try_stem(&plain_ending(rest));
    }
}

fn is_long_enough(rest: &str) -> bool {
    rest.chars().count() >= REST_LETTERS_LEAST
}

/// Takes off at most one particle of each row, in order; gives every rest.
fn strip_before(form: &str, rows: &[&[&str]], give: &mut dyn FnMut(&str)) {
    let Some((row, rows)) = rows.split_first() else {
        give(form);
        return;
    };
    strip_before(form, rows, give);
    for particle in *row {
        if let Some(rest) = form.strip_prefix(particle).filter(|rest| is_long_enough(rest)) {
            strip_before(rest, rows, give);
        }
    }
}

/// A stem as it is written by itself.
pub(in crate::watch) fn shown_ending(stem: &str) -> String {
    let last = stem.chars().next_back();
    match FINALS.iter().find(|(_, inner)| Some(*inner) == last) {
        Some((at_end, inner)) => format!("{}{at_end}", &stem[..stem.len() - inner.len_utf8()]),
        None => stem.to_owned(),
    }
}

/// Hebrew letters that have another shape at the end of a word, and the inner shape.
const FINALS: [(char, char); 5] = [('ך', 'כ'), ('ם', 'מ'), ('ן', 'נ'), ('ף', 'פ'), ('ץ', 'צ')];

/// Hebrew letters have another shape at the end of a word; stems are compared in the inner shape.
fn plain_ending(word: &str) -> String {
    let Some(last) = word.chars().next_back() else { return String::new() };
    match FINALS.iter().find(|(at_end, _)| *at_end == last) {
        Some((_, inner)) => format!("{}{inner}", &word[..word.len() - last.len_utf8()]),
        None => word.to_owned(),
    }
}
