//! Word forms by language: what a word finds, and what it must not be taken for.

use std::collections::BTreeMap;

use feedwatch::watch::WatchSource;

use super::{article, find, texts};

/// A word of a language, texts it finds and texts it does not, parted by blanks.
#[track_caller]
fn check(language: &str, word: &str, finds: &str, not: &str) {
    let source = WatchSource {
        name: "w".to_owned(),
        also: BTreeMap::from([(language.to_owned(), word.to_owned())]),
        ..WatchSource::default()
    };
    for form in finds.split_whitespace() {
        assert!(!texts(find(&source, &article("", "", form))).is_empty(), "{language} {word} does not find {form}");
    }
    for form in not.split_whitespace() {
        assert!(texts(find(&source, &article("", "", form))).is_empty(), "{language} {word} finds {form}");
    }
}

#[test]
fn english() {
    check("en", "close", "close closes closed closing closure CLOSURES", "closer closest closet enclose");
    check("en", "withdraw", "withdrew withdrawn withdrawal withdrawing", "draw");
    check("en", "expulsion", "expel expelled expels", "repulsion");
    check("en", "Hamas", "Hamas hamas", "hama Hama");
    check("en", "go-between", "go-between go-betweens gobetween", "between");
}

#[test]
fn romance_languages() {
    check("fr", "fermer", "ferme fermé fermée fermera fermeront fermant fermait", "fermeture infirmer");
    check("fr", "fermé", "ferment fermées fermer", "fermier");
    check("fr", "médiation", "médiation médiations", "médiatique média médiathèque");
    check("fr", "médiateur", "médiateurs médiatrice médiatrices", "médiatiser");
    check("fr", "bureau", "bureaux", "bureaucrate");
    check("fr", "tenir", "tient tenu tiendra", "tente");
    check("es", "cerrar", "cierra cerró cerrará cerraron cierre cerrado cerradas cerrando cerrarla", "cerca cereal");
    check("es", "mediación", "mediaciones", "media medios mediano");
    check("es", "clausurar", "clausura clausuró clausurada", "clase");
    check("es", "atacar", "ataque ataquen atacó", "atraco");
    check("pt", "embaixada", "embaixadas", "embaixador");
    check("pt", "mediação", "mediações", "média");
    check("it", "chiudere", "chiude chiuso chiusa chiuderà", "chiodo chiosco");
    check("it", "mediatore", "mediatori mediatrice", "media");
    check("it", "ufficio", "uffici", "ufficiale");
}

#[test]
fn german() {
    check("de", "schließen", "schließt schloss geschlossen geschlossene SCHLIESST schliessen", "schließlich");
    check("de", "zumachen", "zugemacht zuzumachen zumacht", "machen");
    check("de", "ausweisen", "ausgewiesen auswies auszuweisen ausweist", "Ausweis");
    check("de", "Büro", "Büros Buero BÜRO", "Bürokrat");
    check("de", "*büro*", "Auslandsbüro Büroschließung", "Bur");
    check("de", "Botschaft", "Botschaften", "Botschafter");
    check("de", "vermitteln", "vermittelt vermittelte vermittelnd", "Mittel");
}

#[test]
fn russian() {
    check("ru", "закрыть", "закрыл закрыта закроют закрыто закрытые", "крыть открыть");
    check("ru", "посредник", "посредники посредников посреднику", "посредством посредственный");
    check("ru", "посольство", "посольства посольстве посольств", "посол");
    check("ru", "офис", "офиса офисе офисы офисом", "офицер");
    check("ru", "посредничать", "посредничавшей посредничающими посредничавшего", "посредник");
    check("ru", "закрыть", "закрытыми закрытой закрывшего", "");
    check("ru", "закрыться", "закрылся закроется закрылась закрывшийся", "открылся");
    check("ru", "покинуть", "покинул покинули покинет покинуто", "");
    check("ru", "переговоры", "переговоров переговорам переговорах", "");
    check("ru", "добрые", "добрых добрым добрыми", "добро");
    check("ru", "закрытие", "закрытия закрытию", "открытие");
}

#[test]
fn arabic_hebrew_persian() {
    check("ar", "وساطة", "وساطة الوساطة بوساطة وساطتها والوساطة وساطته", "أوساط وسط متوسط واسطة");
    check("ar", "مكتب", "المكتب مكتبها بمكتبهم للمكتب مكتبه", "كاتب كتب");
    check("ar", "أغلق", "أغلقت فأغلقت أغلقته أُغلقت أغلقوا", "غلق");
    check("ar", "وسيط", "وسيطا وسيطًا والوسيط", "وسط");
    check("ar", "إخلاء", "إخلائه إخلائها إخلاؤه", "إخلاص");
    check("he", "תיווך", "התיווך בתיווך ותיווך לתיווך תיווכה", "תיכון");
    check("he", "משרד", "משרדי משרדיה משרדים במשרד המשרדים", "שרד משרת");
    check("he", "חברה", "חברתו החברה חברות", "חבר");
    check("he", "שגרירות", "שגרירויות השגרירויות", "שגריר");
    check("he", "מטה", "מטות המטה", "מטוס");
    check("he", "מתווכת", "מתווכות המתווכות", "תיווך");
    check("fa", "میانجی", "میانجی‌ها میانجیان", "میان");
}

#[test]
fn turkish_finnish_hungarian() {
    check("tr", "ofis", "ofisi ofisini ofisinin ofisler ofislerinden OFİSİ", "ofisyel of");
    check("tr", "kapatmak", "kapattı kapatıyor kapatacak kapatılması kapatıldı", "kapak kapat-on");
    check("tr", "beklemek", "bekliyor bekledi bekleyen", "bekar bekli");
    check("tr", "mühürlemek", "mühürlüyor mühürledi mühürlendi", "mühür");
    check("tr", "etmek", "etti ediyor edecek ettiği edilen eden", "et edat");
    check("tr", "reddetmek", "reddetti reddediyor reddedildi", "red");
    check("tr", "gitmek", "gitti gidiyor gidecek", "gida");
    check("tr", "arabuluculuk", "arabuluculuğu arabuluculuktan", "araba");
    check("fi", "toimisto", "toimiston toimistossa toimistoja", "toimi");
    check("hu", "iroda", "irodat irodaban", "irodalom");
}

#[test]
fn scripts_without_spaces() {
    check("zh", "办事处", "上海办事处关闭", "办事");
    check("ja", "仲介", "仲介役を", "仲間");
    check("th", "สำนักงาน", "ปิดสำนักงานแล้ว", "สำนัก");
}

#[test]
fn struck_forms_do_not_count() {
    let struck = |find: &str, but_not: &str| WatchSource {
        name: "w".to_owned(),
        find: find.to_owned(),
        but_not: vec![but_not.to_owned()],
        ..WatchSource::default()
    };
    let found = |source: &WatchSource, text: &str| texts(find(source, &article("", "", text))).join(" ");
    assert_eq!(found(&struck("close", "closing"), "closing closed"), "closed");
    assert_eq!(found(&struck("مكتب", "المكتبة"), "المكتبة والمكتب"), "والمكتب");
    assert_eq!(found(&struck("mediat*", "mediatheque"), "médiathèque mediate"), "mediate");
}
