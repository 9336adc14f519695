//! Word forms by language: what a word finds, and what it must not be taken for.

use std::collections::BTreeMap;

use feedwatch::watch::{WatchSource, word_forms};

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
fn romance_verbs_with_changing_stems() {
    check("fr", "appeler", "appelle appellera appellent appelons", "appellation pelle elle");
    check("fr", "jeter", "jette jetteront jeté", "jet jeton");
    check("fr", "renvoyer", "renvoie renverra renvoyé", "verra envers");
    check("fr", "prévoir", "prévoit prévu prévoient", "voit vu");
    check("es", "pedir", "pide pidió pidieron pida pedido", "pie piedra");
    check("es", "despedir", "despide despidió despidieron", "pide despacho");
    check("es", "morir", "muere murió murieron muerto", "muro moral");
    check("es", "ofrecer", "ofrezca ofrezcan ofreció ofrece", "ofrenda");
    check("es", "ejercer", "ejerza ejerce", "ejército");
    check("es", "dirigir", "dirija dirijan dirige", "directo dirigible");
    check("es", "elegir", "elija elige eligió", "elegante");
    check("es", "reducir", "redujo reduzca reduce", "reducto");
    check("es", "clausurar", "clausurándola clausurándolos clausúrese", "clase");
    check("es", "cerrar", "ciérrese ciérrense cerrándose", "cerca");
    check("es", "abrir", "ábrase abriéndola", "abrasar");
    check("pt", "mediar", "medeia medeiam medeie", "medieval");
    check("pt", "nomear", "nomeia nomeiam nomeou nomeado", "nome nomes");
    check("pt", "avançar", "avance avancem avançou", "avante");
    check("pt", "reduzir", "reduz reduziu", "luz");
    check("it", "lasciare", "lascerà lasceranno lasci lascia lasciò", "lascivo");
    check("it", "rinunciare", "rinuncerà rinuncerebbe rinuncia", "annuncio");
    check("it", "mediare", "mediamo medierà mediato", "medico");
    check("it", "attaccare", "attaccherà attacchi attaccato", "atto");
    check("it", "negare", "negherà neghi nega", "negozio");
    check("it", "chiudere", "chiuderli chiuderle chiuderne chiudendola chiudersi", "chiunque");
}

#[test]
fn romance_irregular_verbs_and_their_compounds() {
    check("fr", "interrompre", "interrompt interrompu interrompra", "rompt corrompre");
    check("fr", "conclure", "conclut conclu conclue conclura", "clut conclusion");
    check("fr", "contraindre", "contraint contrainte contraignent contraindra", "contre");
    check("fr", "moindre", "moindres", "moins");
    check("fr", "intervenir", "intervient intervenu interviendra interviennent", "vient intervention");
    check("fr", "maintenir", "maintient maintenu maintiendra maintenait", "maintenant tient tenu");
    check("fr", "venir", "vient venu viendra", "Vienne");
    check("fr", "avenir", "avenirs", "avenue avenu");
    check("fr", "reprendre", "reprend repris reprises reprennent reprendra", "pris prendre");
    check("fr", "entreprendre", "entrepris entreprend", "entreprise entreprises");
    check("fr", "démettre", "démis démet démettent démise", "mis mise");
    check("fr", "réduire", "réduit réduite réduisent réduira", "nuit");
    check("fr", "nuire", "nuisent nuira", "nuit nuits");
    check("fr", "dissoudre", "dissout dissous dissoute dissolvent dissoudra", "sous");
    check("fr", "recevoir", "reçoit reçu reçue reçoivent recevra", "recette");
    check("fr", "interdire", "interdit interdite interdisent interdira", "dit");
    check("fr", "sortir", "sortent sorti sortait", "sort");
    check("fr", "clore", "clos close clôt", "chlore cloison");
    check("es", "destruir", "destruye destruyó destruyeron destruyendo", "destreza");
    check("es", "huir", "huye huyó huyeron huido", "hoyo");
    check("es", "mantener", "mantuvo mantendrá mantiene mantenga", "tuvo manta");
    check("es", "proponer", "propuso propuesto propuesta propondrá", "puso puesto");
    check("es", "imponer", "impone impuso impuestas", "impuesto impuestos");
    check("es", "intervenir", "intervino interviene intervendrá", "vino");
    check("es", "reabrir", "reabierto reabierta reabre", "abierto");
    check("es", "prever", "prevé previsto", "visto");
    check("es", "conseguir", "consigue consiguió consiga", "sigue");
    check("pt", "sair", "sai saiu saíram sairá saem", "saída sal");
    check("pt", "manter", "manteve mantém mantinha mantiveram", "teve mantra");
    check("pt", "intervir", "interveio intervém intervieram", "veio");
    check("pt", "propor", "propõe propôs proposto proposta propuseram", "posto");
    check("pt", "por", "por", "posto pôs");
    check("pt", "construir", "constrói constroem construiu", "destrói");
    check("pt", "extinguir", "extinto extinta extinguiu", "tinto");
    check("pt", "perder", "perca percam perdeu", "perdiz");
    check("it", "sospendere", "sospeso sospesa sospese", "peso spesa");
    check("it", "togliere", "tolto tolse tolgono", "toga");
    check("it", "sciogliere", "sciolto sciolse", "scio");
    check("it", "offrire", "offerto offerta offre", "ferto");
    check("it", "spegnere", "spento spense spenti", "pento");
    check("it", "proporre", "propone propose proposto proporrà", "posto pose");
    check("it", "intercedere", "intercesso intercedono", "cesso");
    check("it", "chiedere", "chiesto chiede", "chiesa chiese");
    check("it", "procedere", "procede proceduto", "processo processi");
    check("it", "aprire", "aperto aperta aprì", "perto");
    check("it", "decidere", "deciso decise", "diviso");
    check("it", "rimanere", "rimasto rimarrà rimane", "mano");
    check("it", "rimuovere", "rimosso rimosse", "mosso");
    check("it", "costringere", "costretto costrinse", "stretto");
    check("it", "dismettere", "dismesso dismessa dismise", "messo");
    check("it", "espellere", "espulso espulsi", "impulso");
    check("it", "mantenere", "mantiene manterrà mantenuto", "terra");
}

#[test]
fn german() {
    check("de", "schließen", "schließt schloss geschlossen geschlossene SCHLIESST schliessen", "schließlich");
    check("de", "zumachen", "zugemacht zuzumachen zumacht", "machen gezumacht gezumachet");
    check("de", "antworten", "geantwortet antwortet", "angewortet");
    check("de", "ändern", "geändert", "ander");
    check("de", "ausweisen", "ausgewiesen auswies auszuweisen ausweist", "Ausweis");
    check("de", "Büro", "Büros Buero BÜRO", "Bürokrat");
    check("de", "*büro*", "Auslandsbüro Büroschließung", "Bur");
    check("de", "Botschaft", "Botschaften", "Botschafter");
    check("de", "vermitteln", "vermittelt vermittelte vermittelnd vermittle", "Mittel");
    check("de", "verhandeln", "verhandle verhandelt", "Handel handle");
    check("de", "ändern", "ändert ändere", "andre");
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
fn russian_verbs_with_changing_stems() {
    check("ru", "снять", "снял сняла снимет снята снятые снимут", "снег");
    check("ru", "поднять", "поднял поднимет поднята", "под снимет");
    check("ru", "принять", "примет принята принял принятого", "прием приём");
    check("ru", "занять", "займет займут занят занята занятый", "заем");
    check("ru", "вывести", "вывел вывела выведет выведены выведенных", "вывеска вывеси");
    check("ru", "ввести", "ввёл ввела введёт введены введённых", "весть вёл");
    check("ru", "увести", "увёл уведут увели", "вели");
    check("ru", "перенести", "перенёс перенесла перенесут перенесены", "нес нёс");
    check("ru", "пойти", "пошёл пошла пойдёт пойдут", "шёл пойло");
    check("ru", "прийти", "придёт пришёл пришли придут", "при приют");
    check("ru", "уйти", "ушёл уйдут ушедший", "шёл уши");
    check("ru", "найти", "нашёл найдёт найден найдена найденный", "наш наша");
    check("ru", "разойтись", "разошлись разойдутся", "разом");
    check("ru", "освободить", "освобождён освобождена освободит освобожу", "свобода");
    check("ru", "распустить", "распущен распущена распустят распущенный", "пустыня распутица");
    check("ru", "запретить", "запрещён запрещена запретит", "запрет");
    check("ru", "захватить", "захвачен захвачена захватили", "хватит");
    check("ru", "пригласить", "приглашу приглашён приглашены", "глас");
    check("ru", "снизить", "снижен снижена снижу", "низ");
    check("ru", "приостановить", "приостановлю приостановлен приостановленных", "остановка");
    check("ru", "отозвать", "отзовёт отозвал отозван", "отзыв зовёт");
    check("ru", "вызвать", "вызовет вызвали", "вызов зовет");
    check("ru", "приехать", "приедет приехали", "едет");
    check("ru", "передать", "передаст передадут передал", "даст передача");
    check("ru", "передавать", "передаёт передают передавал", "перед");
    check("ru", "закрыть", "закрывшись закрыв закрывши", "крыша");
    check("ru", "закрыться", "закрывшись", "");
    check("ru", "погибнуть", "погиб погибла погибшие", "гиб");
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

#[test]
fn whole_tables_of_common_verbs_and_nouns_are_found() {
    let tables = include_str!("tables.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut missing = Vec::new();
    let mut words = 0;
    for line in tables {
        let [language, word, forms] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let known = word_forms(word, language).unwrap().remove(0).forms;
        let lacks: Vec<_> = forms.split(' ').filter(|form| !known.iter().any(|known| known == form)).collect();
        if !lacks.is_empty() {
            missing.push(format!("{language} {word}: {}", lacks.join(" ")));
        }
        words += 1;
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(words > 800, "{words} words");
}

#[test]
fn common_words_are_no_forms_of_verbs() {
    check("fr", "devoir", "doit devra dut dû DÛ", "du");
    check("fr", "boire", "boit", "bus but");
    check("fr", "faire", "fait font fera fit faites", "fer");
    check("fr", "aller", "va vont ira allé", "alléger");
    check("fr", "dire", "dit disent dira", "direct");
    check("fr", "plaire", "plaît", "plus");
    check("it", "fare", "fa fanno fatto farà fece", "farina");
    check("it", "dare", "dà danno darà diede", "dai da");
    check("it", "essere", "è sono sarà", "e");
    check("pt", "ser", "é foi são era", "e");
    check("it", "andare", "va vanno andrà", "andazzo");
    check("it", "dire", "dice dicono disse detto", "diretto");
    check("it", "porre", "pone pose porrà", "posto");
    check("es", "ir", "va van fue fueron irá vaya", "ira");
    check("es", "hacer", "hizo hace hará", "hacia");
    check("ru", "столица", "столицей столицы столиц", "столик");
    check("pt", "lançar", "lance lançou lancem", "lanche");
}
