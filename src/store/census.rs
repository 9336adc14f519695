//! The tables, column by column: what each may hold, as the daemon reads it. A test holds it against the schema.

use serde::de::DeserializeOwned;

use super::row::KEY_KINDS;
use super::runs::RunStatus;
use crate::model::{Alert, CHANGED, EDITED, Kind, Learned, NOISE, Outcome, Reason, Scope, Verdict, Wait};

/// A table.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// What names a row.
    pub(super) key: &'static [&'static str],
    /// The address of its feed, as SQL.
    pub(super) feed: Option<&'static str>,
    pub(super) columns: &'static [Column],
    /// What becomes of a row that is damaged.
    pub(super) advice: &'static str,
}

/// A column.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    pub(super) may_be_null: bool,
}

/// What a value may be.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// Any whole number.
    Number,
    /// None below nothing.
    Count,
    /// A count that fits 32 bits.
    Small,
    /// 0 or 1.
    Flag,
    /// Microseconds since 1970.
    Instant,
    /// The same, not ahead of now.
    Past,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// Keys of words, four bytes each.
    Words,
    /// An address.
    Address,
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// JSON that can be read back.
    Json(fn(&str) -> Result<(), String>),
}

use Holds::{Address, Blob, Count, Flag, Instant, Json, Number, OneOf, Past, Small, Text, Words};

const fn some(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, may_be_null: false }
}

const fn maybe(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, may_be_null: true }
}

const LIST: Holds = Json(reads_as::<Vec<String>>);
const OF_FEED: Option<&str> = Some("(select url from feed where feed.id = feed)");
const OF_ARTICLE: Option<&str> =
    Some("(select feed.url from article join feed on feed.id = article.feed where article.id = article)");
const BACKUP: &str = "it is passed over; restore a backup if it matters";

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "feed",
        key: &["id"],
        feed: Some("url"),
        columns: &[
            some("id", Number),
            some("url", Address),
            some("listed", Flag),
            maybe("name", Text),
            some("tags", LIST),
            maybe("every_us", Count),
            maybe("title", Text),
            maybe("etag", Blob),
            maybe("last_modified", Blob),
            maybe("validator_url", Address),
            maybe("body_hash", Number),
            maybe("charset", Text),
            maybe("lossy", Flag),
            maybe("next_poll_at", Instant),
            maybe("polled_at", Past),
            maybe("succeeded_at", Past),
            some("failures", Small),
            some("interval_us", Count),
            maybe("error", Text),
            some("wait", Json(reads_as::<Wait>)),
            some("learned", Json(reads_as::<Learned>)),
            maybe("adopted", Address),
            some("host", Text),
            some("holds_others", Flag),
            maybe("tier", Count),
            some("related_in_full", Flag),
        ],
        advice: "what can be read of it counts, what polling had taught is learned anew, and its next good poll writes it",
    },
    Table {
        name: "host",
        key: &["name"],
        feed: None,
        columns: &[some("name", Text), some("paused_until", Instant), some("strikes", Small), some("feeds", Small)],
        advice: "the host counts as one of which nothing is known",
    },
    Table {
        name: "kept_body",
        key: &["feed"],
        feed: OF_FEED,
        columns: &[some("feed", Number), some("kept_at", Past), some("why", LIST), some("body", Blob)],
        advice: "it is replaced with the feed's next document that cannot be read, and goes after a month",
    },
    Table {
        name: "article",
        key: &["id"],
        feed: OF_FEED,
        columns: &[
            some("id", Number),
            some("feed", Number),
            some("key", Text),
            some("key_kind", OneOf(|| KEY_KINDS.iter().map(|(_, name)| *name).collect())),
            maybe("guid", Text),
            maybe("url", Text),
            some("title", Text),
            some("summary", Text),
            some("body", Text),
            maybe("author", Text),
            some("category", LIST),
            some("enclosure", LIST),
            maybe("lang", Text),
            maybe("published_at", Instant),
            maybe("updated_at", Instant),
            some("first_seen_at", Past),
            maybe("edited_at", Past),
            some("content_hash", Number),
            maybe("link_hash", Number),
            maybe("original_name", Text),
            maybe("original_url", Text),
        ],
        advice: "it counts as edited while its feed shows it, and is written anew then; it is not deleted for its age",
    },
    Table {
        name: "alias",
        key: &["feed", "key"],
        feed: OF_FEED,
        columns: &[some("feed", Number), some("key", Text), some("article", Number)],
        advice: "an article may come up as new under that identifier",
    },
    Table {
        name: "revision",
        key: &["article", "replaced_at"],
        feed: OF_ARTICLE,
        columns: &[
            some("article", Number),
            some("content_hash", Number),
            some("replaced_at", Past),
            some("title", Text),
            some("summary", Text),
            some("body", Text),
        ],
        advice: "feedwatch alerts show cannot show the earlier text",
    },
    Table {
        name: "hit",
        key: &["article", "watch"],
        feed: OF_ARTICLE,
        columns: &[
            some("article", Number),
            some("watch", Text),
            some("revision", Text),
            some("found_at", Past),
            some("why", Json(reads_as::<Vec<Reason>>)),
            maybe("points", Number),
            maybe("threshold", Number),
        ],
        advice: "an edit of its article may be told once more",
    },
    Table {
        name: "alert",
        key: &["seq"],
        feed: OF_FEED,
        columns: &[
            some("seq", Number),
            some("id", Text),
            some("kind", OneOf(|| Kind::ALL.iter().map(|(_, name)| *name).collect())),
            some("level", Small),
            some("outcome", OneOf(|| Outcome::ALL.into_iter().map(Outcome::name).collect())),
            some("reason", Text),
            some("raised_at", Past),
            some("watch", Text),
            some("story", Text),
            maybe("feed", Number),
            maybe("article", Number),
            some("record", Json(reads_as::<Alert>)),
            maybe("held_by", Text),
            maybe("seen_ms", Number),
            maybe("published_ms", Number),
            maybe("holder", Number),
            some("holder_counts", Flag),
            maybe("void", OneOf(|| vec![NOISE, EDITED, CHANGED])),
        ],
        advice: "what is owed of it becomes a dead letter; alerts.jsonl may hold the record, and a backup does",
    },
    Table {
        name: "digest",
        key: &["watch"],
        feed: None,
        columns: &[some("watch", Text), some("due_at", Instant)],
        advice: "the digest is not told; feedwatch alerts --held shows what it would have told",
    },
    Table {
        name: "silence",
        key: &["id"],
        feed: None,
        columns: &[
            some("id", Number),
            some("scope", OneOf(|| Scope::ALL.iter().map(|(_, name)| *name).collect())),
            some("target", Text),
            some("why", Text),
            some("since", Instant),
            some("until", Instant),
            maybe("ended_at", Past),
        ],
        advice: "it silences nothing; begin it anew if it is still wanted",
    },
    Table {
        name: "ack",
        key: &["alert"],
        feed: None,
        columns: &[
            some("alert", Text),
            some("acked_at", Past),
            maybe("verdict", OneOf(|| [Verdict::Useful, Verdict::Noise].map(Verdict::name).to_vec())),
            maybe("note", Text),
            maybe("by", Text),
        ],
        advice: "feedwatch ack ID writes it anew",
    },
    Table {
        name: "watch_known",
        key: &["watch"],
        feed: None,
        columns: &[some("watch", Text), some("since", Past)],
        advice: "a watch that finds nothing is counted from another day",
    },
    Table {
        name: "story",
        key: &["number"],
        feed: None,
        columns: &[some("number", Number), some("id", Text), some("until_at", Instant)],
        advice: "nothing joins it any more",
    },
    Table {
        name: "reopened",
        key: &["story", "watch"],
        feed: None,
        columns: &[some("story", Text), some("watch", Text)],
        advice: "it is passed over: what joined that story stays untold",
    },
    Table {
        name: "piece",
        key: &["article"],
        feed: OF_FEED,
        columns: &[
            some("article", Number),
            some("story", Number),
            some("feed", Number),
            some("at", Instant),
            some("words", Words),
            some("signature", Blob),
            maybe("publisher", Text),
            maybe("origin", Text),
        ],
        advice: "nothing joins its story on its account",
    },
    Table {
        name: "story_word",
        key: &["word", "story"],
        feed: None,
        columns: &[some("word", Small), some("story", Number)],
        advice: "it only costs space",
    },
    Table {
        name: "word",
        key: &["word"],
        feed: None,
        columns: &[some("word", Number), some("stories", Small)],
        advice: "stories are told apart a little worse until it is forgotten",
    },
    Table {
        name: "delivery",
        key: &["sink", "alert"],
        feed: None,
        columns: &[some("sink", Text), some("alert", Number), maybe("delivered_at", Past)],
        advice: BACKUP,
    },
    Table {
        name: "dead_letter",
        key: &["sink", "alert"],
        feed: None,
        columns: &[some("sink", Text), some("alert", Number), some("given_up_at", Past), some("error", Text)],
        advice: BACKUP,
    },
    Table {
        name: "sink_trouble",
        key: &["sink"],
        feed: None,
        columns: &[
            some("sink", Text),
            some("since", Past),
            some("failures", Small),
            some("retry_at", Instant),
            some("error", Text),
        ],
        advice: "the sink is tried at once, and the row written anew or deleted with that",
    },
    Table {
        name: "log_cursor",
        key: &["sink"],
        feed: None,
        columns: &[some("sink", Text), some("device", Number), some("inode", Number), some("offset", Number)],
        advice: "the whole alert log is looked through at the next start, and the next alert writes it anew",
    },
    Table {
        name: "run",
        key: &["id"],
        feed: None,
        columns: &[
            some("id", Text),
            some("version", Text),
            some("pid", Small),
            some("started_at", Past),
            some("heartbeat_at", Past),
            maybe("stopped_at", Past),
            some("status", Json(reads_as::<RunStatus>)),
            maybe("ended", Text),
            maybe("boot", Text),
        ],
        advice: "it only tells of a past run",
    },
    Table {
        name: "matter",
        key: &["name"],
        feed: None,
        columns: &[some("name", Text), some("value", Number)],
        advice: "it counts as not noted; nothing is deleted for its age until keep is written in the files",
    },
    Table {
        name: "tombstone",
        key: &["feed", "key_hash"],
        feed: OF_FEED,
        columns: &[some("feed", Number), some("key_hash", Number)],
        advice: "an article that was deleted may come up as new",
    },
    Table {
        name: "told_before",
        key: &["id"],
        feed: None,
        columns: &[some("id", Text)],
        advice: "an alert of before a restore may be told again",
    },
    Table {
        name: "gate",
        key: &["domain"],
        feed: None,
        columns: &[some("domain", Text), some("until", Instant)],
        advice: "the hosts of the domain have budgets of their own",
    },
];

/// Whether a text can be read back as what it was written from.
fn reads_as<T: DeserializeOwned>(text: &str) -> std::result::Result<(), String> {
    serde_json::from_str::<T>(text).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::TABLES;
    use crate::store::Store;

    #[test]
    fn every_table_and_column_of_the_schema_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).unwrap();
        let connection = store.lock();
        let mut read = connection
            .prepare(
                "select m.name || '.' || c.name || iif(c.\"notnull\" or c.pk, '', '?') from sqlite_schema m, pragma_table_info(m.name) c \
                 where m.type = 'table' and m.name not like 'sqlite_%'",
            )
            .unwrap();
        let schema: BTreeSet<String> = read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let census: BTreeSet<String> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(move |column| (table.name, column)))
            .map(|(table, column)| format!("{table}.{}{}", column.name, if column.may_be_null { "?" } else { "" }))
            .collect();
        assert_eq!(census, schema);
    }
}
