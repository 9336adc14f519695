//! Whether a headline is a sentence or a bag of words. A list of words ("Qatar Hamas Doha office close leaders leave
//! told") resembles every piece of news on its subject: published ahead of the news, it could suppress the articles of
//! others.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that join others into a sentence, those of a language a line. Those that are more in another language, or in
/// names (Al Jazeera, Los Angeles, a war), are left out.
const JOINTS: &str = include_str!("data/joints.txt");
/// The same as signs, in scripts without spaces.
const JOINT_SIGNS: &str = "的了在将將与與被把从從向让讓也都称稱说說をにはがのへ";
/// In a shorter run of signs they are parts of a word: 将 of 将军.
const RUN_CHARS_LEAST: usize = 5;
/// Endings of Korean words that do the same.
const JOINT_ENDINGS: &str = "은는이가을를의에로와과도";

/// A sentence has at least one function word in this many words. Terse headlines have up to eleven words without one,
/// and hardly ever more.
const WORDS_A_JOINT: usize = 12;
/// A headline with more content words than this is a list, not a headline.
const SAYING_WORDS_MOST: usize = 20;
/// This many words without a function word are not a terse headline.
const BAG_WORDS_LEAST: usize = 12;
/// The separators between the headlines of a list.
const BETWEEN_HEADLINES: [char; 7] = [';', '；', '|', '•', '·', '/', '‖'];
/// A headline with two of them has three parts, and is a list.
const PARTS_LEAST: usize = 3;

static JOINT_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| JOINTS.split_whitespace().collect());

/// How a headline is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Make {
    /// No word in it joins others: it may be terse, or a bag of words.
    pub(super) terse: bool,
    /// It is certainly not a headline: a bag of words, or a list of headlines.
    pub(super) bag: bool,
    /// Whether it is terse and its text is made of sentences.
    pub(super) borne_out: bool,
}

impl Make {
    /// The form of a headline with this many content words, judged with its text.
    pub(super) fn of(title: &str, saying: usize, text: &str) -> Make {
        let is_list = title.split(BETWEEN_HEADLINES).filter(|part| part.contains(' ')).count() >= PARTS_LEAST;
        let joined = is_sentence(title);
        if joined && !is_list && saying <= SAYING_WORDS_MOST {
            return Make::default();
        }
        let borne_out = !text.trim().is_empty() && is_sentence(text);
        let too_long = saying > SAYING_WORDS_MOST || (!joined && saying >= BAG_WORDS_LEAST);
        Make { terse: true, bag: (too_long || is_list) && !borne_out, borne_out }
    }
}

/// Whether a text contains function words. Unknown scripts get the benefit of the doubt.
fn is_sentence(text: &str) -> bool {
    let (mut words, mut joints) = (0, 0);
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words += 1;
        let folded = word.to_lowercase();
        let ends = |signs: &str| word.chars().next_back().is_some_and(|last| signs.contains(last));
        let holds = |signs: &str| word.chars().count() >= RUN_CHARS_LEAST && word.chars().any(|c| signs.contains(c));
        let is_korean = word.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
        let is_joint = JOINT_WORDS.contains(folded.as_str())
            || holds(JOINT_SIGNS)
            || is_korean && ends(JOINT_ENDINGS) && word.chars().count() > 1;
        joints += usize::from(is_joint || !is_known_script(word));
    }
    joints > 0 && joints * WORDS_A_JOINT >= words
}

/// Whether the function words of this word's script are among those above.
fn is_known_script(word: &str) -> bool {
    word.chars().all(|c| {
        matches!(c, '\0'..='\u{24f}' | '\u{300}'..='\u{52f}' | '\u{590}'..='\u{6ff}' | '\u{1e00}'..='\u{1fff}'
            | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(terse: bool, titles: &[&str]) {
        for title in titles {
            let saying = title.split_whitespace().count();
            assert_eq!(Make::of(title, saying, "").terse, terse, "{title}");
        }
    }

    #[test]
    fn bags_of_words_are_told_from_headlines() {
        check(
            true,
            &[
                "Qatar Hamas Doha office close leaders leave told",
                "Egypt mediation Gaza ceasefire talks offer collapse Cairo",
                "Norway mediation Sudan talks Oslo generals",
                "hamas, qatar, office, closure, doha, mediation",
                "Katar Hamas Büro Doha Schließung Führung Ausweisung",
                "Catar Hamás oficina Doha cierre líderes salida",
                "قطر حماس مكتب الدوحة إغلاق قادة مغادرة",
                "קטאר חמאס משרד דוחא סגירה הנהגה",
                "卡塔尔 哈马斯 多哈 办事处 关闭 领导人 离开",
                "Катар ХАМАС офис Доха закрытие лидеры",
                "Qatar closes office; Norway steps in; Israel raids bureau; Russia expels envoys",
            ],
        );
        check(
            false,
            &[
                "Qatar to close Hamas office",
                "Qatar tells Hamas leaders to leave Doha, closing office",
                "Katar schließt das Büro der Hamas in Doha",
                "Catar cierra la oficina de Hamás en Doha",
                "قطر تطلب من حماس إغلاق مكتبها في الدوحة",
                "קטאר תסגור את משרד חמאס בדוחא",
                "卡塔尔将关闭哈马斯办事处",
                "Катар закроет офис ХАМАС в Дохе",
                "카타르가 하마스 사무소를 폐쇄한다",
                "क़तर हमास का कार्यालय बंद करेगा",
            ],
        );
    }

    #[test]
    fn long_bags_and_lists_are_no_headlines_unless_a_text_tells_the_news() {
        let bag = "qatar hamas doha office close leaders egypt mediation gaza ceasefire talks cairo norway sudan oslo";
        let cases = [
            (bag, "", true),
            (bag, "turkey ankara host headquarters closure russia consulate embassy baghdad raid ramallah staff", true),
            (bag, "The emirate has told the movement to leave, a diplomat said in Doha on Friday.", false),
            ("Qatar closes office; Norway steps in; Israel raids bureau", "", true),
            ("Doha news | Cairo talks | Oslo offer | Ankara host", "", true),
            ("Qatar to close Hamas office", "", false),
            ("Varga resigns from cabinet", "", false),
        ];
        for (title, text, bag) in cases {
            assert_eq!(Make::of(title, title.split_whitespace().count(), text).bag, bag, "{title} / {text}");
        }
    }
}
