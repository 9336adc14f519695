//! The files that people edit, as the driver keeps them: what they say, and a text with a mistake in it.

use feedwatch::clock::Timestamp;

use super::site::TERMS;

pub(super) const DESK: &str = "https://desk.example/hook";
pub(super) const OPS: &str = "https://ops.example/hook";

/// A feed in the files.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) url: String,
    every: Option<&'static str>,
    pub(super) listed: bool,
}

/// A watch in the files; it looks for one of the terms.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) name: String,
    pub(super) term: usize,
    ignores: u32,
    alert: &'static str,
    listed: bool,
}

/// What the files say.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) feeds: Vec<Listed>,
    watches: Vec<Watch>,
    quiet: bool,
    keep: &'static str,
    pub(super) desk: bool,
    window: &'static str,
}

impl Files {
    /// Three feeds of the five, and two watches.
    pub(super) fn new(urls: &[String]) -> Files {
        const EVERY: [Option<&str>; 5] = [Some("1h"), None, Some("2h"), Some("30m"), None];
        let feeds = urls.iter().zip(EVERY).enumerate();
        let feeds = feeds.map(|(n, (url, every))| Listed { url: url.clone(), every, listed: n < 3 }).collect();
        let watch = |(term, name): (usize, &&str)| Watch {
            name: (*name).to_owned(),
            term,
            ignores: 0,
            alert: "",
            listed: term < 2,
        };
        let watches = TERMS.iter().enumerate().map(watch).collect();
        Files { feeds, watches, quiet: false, keep: "365d", desk: true, window: "7d" }
    }

    /// The watches in force.
    pub(super) fn watches(&self) -> impl Iterator<Item = &Watch> {
        self.watches.iter().filter(|watch| watch.listed)
    }

    pub(super) fn edit_feeds(&mut self, which: usize, how: &str) {
        let at = which % self.feeds.len();
        let feed = &mut self.feeds[at];
        match how {
            "add" => feed.listed = true,
            "remove" => feed.listed = false,
            "every-30m" => feed.every = Some("30m"),
            "every-2h" => feed.every = Some("2h"),
            _ => feed.every = None,
        }
    }

    pub(super) fn edit_watches(&mut self, which: usize, how: &str) {
        let at = which % self.watches.len();
        let watch = &mut self.watches[at];
        match how {
            "add" => watch.listed = true,
            "remove" => watch.listed = false,
            "at-most" => watch.alert = "alert = { at_most = \"1 per 3h\" }\n",
            "high" => watch.alert = "alert = { level = \"high\" }\n",
            "every-article" => watch.alert = "alert = { repeat = \"every article\" }\n",
            "no-limit" => watch.alert = "",
            _ => watch.ignores += 1,
        }
    }

    pub(super) fn edit_settings(&mut self, how: &str) {
        match how {
            "quiet" => self.quiet = true,
            "loud" => self.quiet = false,
            "keep-30d" => self.keep = "30d",
            "keep-long" => self.keep = "365d",
            "no-desk" => self.desk = false,
            "desk" => self.desk = true,
            _ => self.window = if self.window == "7d" { "1d" } else { "7d" },
        }
    }

    /// Whether alerts wait for the end of quiet hours.
    pub(super) fn is_quiet(&self, now: Timestamp) -> bool {
        let hour = now.as_second().div_euclid(3600).rem_euclid(24);
        self.quiet && !(6..20).contains(&hour)
    }

    pub(super) fn settings(&self) -> String {
        let mut text = format!("[store]\npath = \"feedwatch.db\"\nkeep = \"{}\"\n", self.keep);
        text += "[log]\nalerts = \"alerts.jsonl\"\n[poll]\nstartup_spread = \"1m\"\n";
        text += &format!("[alerts]\nstory_window = \"{}\"\n", self.window);
        if self.quiet {
            text += "quiet_hours = \"20:00-06:00\"\n";
        }
        if self.desk {
            text += &format!("[sink.desk]\nwebhook = \"{DESK}\"\n");
        }
        text += &format!("[sink.ops]\nwebhook = \"{OPS}\"\ntakes = [\"alerts\", \"operations\", \"heartbeats\"]\n");
        for Listed { url, every, .. } in self.feeds.iter().filter(|feed| feed.listed) {
            let every = every.map(|every| format!("every = \"{every}\"\n")).unwrap_or_default();
            text += &format!("[[feed]]\nurl = \"{url}\"\n{every}");
        }
        text
    }

    pub(super) fn watch_file(&self) -> String {
        let tables = self.watches().map(|Watch { name, term, ignores, alert, .. }| {
            let ignores: String = (0..*ignores).map(|n| format!("'\"nobody says {n}\"', ")).collect();
            format!("[[watch]]\nname = \"{name}\"\nfind = \"{}\"\nignore = [{ignores}]\n{alert}", TERMS[*term])
        });
        tables.collect()
    }

    /// Both files, with a mistake in one of them.
    pub(super) fn with_a_mistake(&self, how: &str) -> (String, String) {
        let (settings, watches) = (self.settings(), self.watch_file());
        match how {
            "feed" => (settings + "[[feed]]\nurl = \"https://new.example/\"\nevry = \"1m\"\n", watches),
            "watch" => (settings, watches + "[[watch]]\nname = \"x\"\nfind = '(open'\n"),
            _ => (settings + "[[[", watches),
        }
    }
}
