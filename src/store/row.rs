//! What stands in columns, and what it is outside: instants, spans, addresses, JSON, and the names of kinds.

use std::time::Duration;

use rusqlite::Row;
use url::Url;

use crate::clock::Timestamp;
use crate::model::KeyKind;

/// An instant as it is stored; one beyond all time is held at its end.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn duration(micros: i64) -> Duration {
    Duration::from_micros(micros.max(0).cast_unsigned())
}

/// A list for a JSON column.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain values always serialise")
}

/// A list of a JSON column.
pub(super) fn list<T: serde::de::DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<Vec<T>> {
    value(row, at)
}

/// What a JSON column holds.
pub(super) fn value<T: serde::de::DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(at)?.as_str()?).map_err(|error| not_what_was_stored(at, error))
}

/// A column that cannot be read back: someone else wrote it, or it is damaged.
pub(super) fn not_what_was_stored(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
}

/// An address in a column.
pub(super) fn url(row: &Row, at: usize) -> rusqlite::Result<Option<Url>> {
    match row.get_ref(at)?.as_str_or_null()? {
        Some(url) => Url::parse(url).map(Some).map_err(|error| not_what_was_stored(at, error)),
        None => Ok(None),
    }
}

pub(super) const KEY_KINDS: &[(KeyKind, &str)] =
    &[(KeyKind::Id, "id"), (KeyKind::Link, "link"), (KeyKind::Hash, "hash")];

pub(super) fn key_kind(kind: KeyKind) -> &'static str {
    KEY_KINDS.iter().find(|(known, _)| *known == kind).expect("the table names every kind").1
}

pub(super) fn key_kind_named(name: &str) -> Option<KeyKind> {
    KEY_KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}
