//! The words of dates: months, weekdays, halves of the day and zones. Tables only.

use jiff::civil::Weekday;

/// The twelve months of a language, folded; any beginning of three letters or more will do.
const MONTHS: &[&str] = &[
    // English, German, French, Spanish
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    // Italian, Portuguese, Dutch, Swedish
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    // Polish, Hungarian, Greek, Russian
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
    "januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december",
    "ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
];

/// Abbreviations that are no beginnings of a month's name, or of another one's as well.
const SHORT_MONTHS: &[(&str, i64)] = &[
    ("janner", 1),
    ("feber", 2),
    ("mrz", 3),
    ("mrt", 3),
    ("maerz", 3),
    ("μαω", 3),
    ("май", 5),
    ("ιον", 6),
    ("ιολ", 7),
    ("set", 9),
    ("setiembre", 9),
    ("sept", 9),
    ("сен", 9),
];

/// Abbreviated zones in the sense that most feeds mean, by minutes east of UTC. Single letters as in RFC 822.
const ZONES: &[(i32, &str)] = &[
    (0, "z ut utc gmt wet"),
    (-150, "ndt"),
    (-180, "adt brt art"),
    (-210, "nst"),
    (-240, "edt ast at clt"),
    (-300, "est cdt et"),
    (-360, "cst mdt ct"),
    (-420, "mst pdt mt"),
    (-480, "pst akdt pt"),
    (-540, "akst"),
    (-600, "hst"),
    (60, "bst west cet met mez"),
    (120, "cest mest mesz eet sast"),
    (180, "eest msk idt trt"),
    (240, "msd gst"),
    (300, "pkt"),
    (330, "ist"),
    (420, "ict wib"),
    (480, "sgt hkt pht awst"),
    (540, "jst kst"),
    (570, "acst"),
    (600, "aest"),
    (630, "acdt"),
    (660, "aedt"),
    (720, "nzst"),
    (780, "nzdt"),
    (-60, "a"),
    (-720, "m"),
    (60, "n"),
    (720, "y"),
];

/// Words for the halves of the day; true is the afternoon.
const HALVES: &[(&str, bool)] = &[
    ("am", false),
    ("pm", true),
    ("오전", false),
    ("오후", true),
    ("上午", false),
    ("下午", true),
    ("午前", false),
    ("午後", true),
    ("πμ", false),
    ("μμ", true),
];

/// The month that a folded word names, 1 to 12.
pub(super) fn month(word: &str) -> Option<i64> {
    if let Some((_, month)) = SHORT_MONTHS.iter().find(|(short, _)| *short == word) {
        return Some(*month);
    }
    if word.chars().count() < 3 {
        return None;
    }
    let number_in = |months: &&str| months.split(' ').position(|month| month.starts_with(word));
    MONTHS.iter().find_map(number_in).and_then(|number| i64::try_from(number + 1).ok())
}

/// Words and letters between the numbers of a date that are not months: year, month and day in East Asia, the T of ISO
/// 8601, the Russian "of the year", ordinals.
const UNITS: &[&str] = &["年", "月", "日", "년", "월", "일", "t", "z", "г", "th", "st", "nd", "rd"];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Whether a folded word between the numbers of a date has no meaning of its own.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

/// The weekday that a folded English word of three letters or more names.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let named = |(name, _): &&(&str, Weekday)| word.len() >= 3 && name.starts_with(word);
    WEEKDAYS.iter().find(named).map(|(_, weekday)| *weekday)
}

/// Whether a folded word says afternoon, or morning, or neither.
pub(super) fn half_of_day(word: &str) -> Option<bool> {
    HALVES.iter().find(|(half, _)| *half == word).map(|(_, afternoon)| *afternoon)
}

/// The offset of a folded zone name in seconds.
pub(super) fn zone(word: &str) -> Option<i32> {
    ZONES.iter().find(|(_, names)| names.split(' ').any(|name| name == word)).map(|(minutes, _)| minutes * 60)
}

/// A word in lower case without the accents of the languages above.
pub(super) fn folded(word: &str) -> String {
    match word.is_ascii() {
        true => word.to_ascii_lowercase(),
        false => word.chars().flat_map(char::to_lowercase).map(unaccented).collect(),
    }
}

fn unaccented(c: char) -> char {
    const ACCENTS: &[(char, &str)] = &[
        ('a', "áàâäãå"),
        ('e', "éèêë"),
        ('i', "íìîï"),
        ('o', "óòôöőõ"),
        ('u', "úùûüű"),
        ('c', "çć"),
        ('n', "ñń"),
        ('s', "ś"),
        ('z', "źż"),
        ('l', "ł"),
        ('α', "ά"),
        ('ε', "έ"),
        ('η', "ή"),
        ('ι', "ίϊΐ"),
        ('ο', "ό"),
        ('υ', "ύϋΰ"),
        ('ω', "ώ"),
        ('σ', "ς"),
    ];
    ACCENTS.iter().find(|(_, accented)| accented.contains(c)).map_or(c, |(plain, _)| *plain)
}
