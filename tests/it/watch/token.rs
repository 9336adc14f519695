//! Tokens: what parts words, sentences and paragraphs, and that every token knows where it stands.

use feedwatch::text::fold::fold;
use feedwatch::text::form::{form, spelling};
use feedwatch::text::token::{Token, Tokens};
use proptest::prelude::*;

fn tokens(text: &str) -> Tokens {
    let mut tokens = Tokens::default();
    tokens.read(text, 1_000);
    tokens
}

#[track_caller]
fn check(text: &str, words: &str) {
    let tokens = tokens(text);
    let spelled: Vec<_> =
        tokens.tokens.iter().map(|token| spelling(&text[token.start as usize..token.end as usize])).collect();
    assert_eq!(spelled.join(" "), words, "{text}");
}

#[track_caller]
fn check_sentences(text: &str, lengths: &[usize]) {
    let tokens = tokens(text).tokens;
    let counted: Vec<_> = tokens.chunk_by(|a, b| a.sentence == b.sentence).map(<[_]>::len).collect();
    assert_eq!(counted, lengths, "{text}");
}

#[test]
fn words_are_parted_as_readers_part_them() {
    check("Hamas's office; Hamas’s, the parties' aims", "hamas office hamas the parties aims");
    check("l’ambassade d'Égypte, qu'il dell'ufficio", "ambassade egypte il ufficio");
    check("go-between and/or İzmir'deki O'Brien don't", "go between and or izmir deki o brien don t");
    check("the U.S. and the U.S.-led U.N., e.g. a.m.", "the us and the us led un eg am");
    check("16.50 pct, 1,000 and 2nd. 3.", "16.50 pct 1,000 and 2nd 3");
    check("关闭办事处ABC", "关 闭 办 事 处 abc");
    check("ארה\"ב, צה״ל ג'נין", "ארהב צהל גנין");
    check("🎉 a\u{301}b \u{202e}cd\u{202c} \u{feff}", "ab cd");
    check("mail me@example.org", "mail me example org");
}

#[test]
fn sentences_end_where_a_new_one_begins() {
    check_sentences("One two. Three four! Five? “Six.” Seven", &[2, 2, 1, 1, 1]);
    check_sentences("Mr. Smith of Acme Inc. said so to J. Doe", &[10]);
    check_sentences("at 3.5 pct. of example.org it. was", &[8]);
    check_sentences("关闭。办事处！好", &[2, 3, 1]);
    check_sentences("قال ذلك. ثم ذهب؟ نعم", &[2, 2, 1]);
    check_sentences("ONE\nTWO", &[1, 1]);
    check_sentences("“Close it.” The office. (“It stays!”) So he said: ‘Go?’ They went", &[2, 2, 2, 4, 2]);
    check_sentences("They close (the shop). [The office] stays", &[4, 3]);
    check_sentences("Wait... Office closes… the door", &[1, 4]);
    check_sentences("It closed in 2024. The office stays. 20 left, at 3.5, of 1,000. Five", &[4, 3, 6, 1]);
    check_sentences("closed.The office; see example.org/Office or Booking.com, node.Js", &[1, 11]);
    check_sentences("closed. iPhone maker", &[1, 2]);
}

#[test]
fn short_forms_end_no_sentence() {
    for one in [
        "the U.S. Embassy in St. Petersburg, the Hon. J. K. Smith vs. Acme Inc. Chief",
        "Art. 5, No. 10 Downing St. London, Jan. 5, Vol. 3, Fig. 2",
        "am 3. Mai, die 2. Bundesliga, im 21. Jahrhundert, Nr. 7, z. B. Büros, ca. 5 Mio. Euro, Dr. Müller",
        "M. Dupont, Mme. Royer, av. Foch, p. ex. Paris",
        "EE. UU. Cierra, Sr. López, la Avda. Mayor, núm. 3",
        "sig. Rossi, dott. Bianchi, S.p.A. Roma",
        "т.е. Москва, А. С. Пушкин, им. Ленина, ул. Тверская, проф. Иванов",
        "ul. Długa, prof. Kowalski, tzw. Stan",
        "Doç. Dr. Yılmaz, 2. Dünya Savaşı, No. 5",
        "د. محمد صالح",
        "א. ב. יהושע כתב",
        "डॉ. सिंह",
        "TP. Hồ Chí Minh",
        "Yahoo! Office",
    ] {
        let tokens = tokens(one).tokens;
        assert!(tokens.iter().all(|token| token.sentence == tokens[0].sentence), "{one}");
    }
}

#[test]
fn what_only_looks_short_ends_one() {
    check_sentences("Back in the U.S. The office closed", &[4, 3]);
    check_sentences("said the UN. Offices closed; he said no. Offices closed", &[3, 5, 2]);
    check_sentences("в 2024 г. Посольство закрыто, и т.д. Посольство", &[3, 4, 1]);
    check_sentences("They killed 20. Officials said so", &[3, 3]);
    check_sentences("Vitamin C. The office", &[2, 2]);
}

#[test]
fn sentences_end_in_all_scripts() {
    check_sentences("قال ذلك.ثم ذهب۔ نعم", &[2, 2, 1]);
    check_sentences("המשרד נסגר. הוא נפתח! כן", &[2, 2, 1]);
    check_sentences("Κλείνει το γραφείο; Ο υπουργός", &[3, 2]);
    check_sentences("कार्यालय बंद है। वह खुला है॥ हाँ", &[3, 3, 1]);
    check_sentences("“关闭！”办事处？Apple关。Q3", &[2, 3, 2, 1]);
    check_sentences("閉鎖．事務所｡はい", &[2, 3, 2]);
    check_sentences("사무소를 닫았다. 그는 함. 네", &[2, 2, 1]);
    check_sentences("Գրասենյակը փակ է։ Այո", &[3, 1]);
    check_sentences("ቢሮው ተዘጋ። አዎ", &[2, 1]);
    check_sentences("ปิด\nเปิด", &[3, 4]);
    check_sentences("• Office closed • Talks go on +++ Ein Büro +++ Zwei", &[2, 3, 2, 1]);
    check_sentences("乔治•布什", &[4]);
}

#[test]
fn no_more_is_read_than_asked() {
    let mut tokens = Tokens::default();
    tokens.read("a-b-c d e", 2);
    assert_eq!((tokens.tokens.len(), tokens.joined.len()), (2, 0));
}

proptest! {
    #![proptest_config(crate::wish::cases(2000))]

    #[test]
    fn every_token_stands_where_it_says(
        before in "[A-Za-z0-9 .!]{0,30}",
        text in "(\\PC|[a-zA-Z0-9 .,'’\"-]|[א-ת]|\u{ad}|\n){0,60}",
    ) {
        let (mut tokens, alone) = (tokens(&before), tokens(&text));
        let earlier = tokens.tokens.len();
        tokens.read(&text, 1_000);
        // What was read before changes nothing.
        let sentences = |tokens: &[Token]| -> Vec<u32> {
            tokens.iter().map(|token| token.sentence - tokens[0].sentence).collect()
        };
        prop_assert_eq!(sentences(&tokens.tokens[earlier..]), sentences(&alone.tokens));
        let mut behind = 0;
        for token in &tokens.tokens[earlier..] {
            let (start, end) = (token.start as usize, token.end as usize);
            prop_assert!(behind <= start && start < end, "{text:?}");
            let raw = text.get(start..end);
            prop_assert!(raw.is_some(), "a token off the boundaries of {text:?}");
            prop_assert_eq!(form(&spelling(raw.unwrap())), token.form, "{:?} in {:?}", raw, text);
            behind = end;
        }
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
