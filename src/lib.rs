//! feedwatch polls feeds, stores what is new, finds the watched topics in it and raises alerts that say why.
//!
//! This is the map. The rooms are in the order in which an article passes them. The first line of each room says what
//! it is for and what it does not do. ARCHITECTURE.md says which room may use which.

/// Instants, and a clock that is real or virtual.
pub mod clock;
/// The shared nouns: feed, article, hit, alert, changes.
pub mod model;
/// Counts and ages in words, for people.
pub mod words;

/// Stable hashes for keys that are stored.
pub mod hash;

/// HTML to plain text, folding, tokens with positions and offsets. Pure.
pub mod text;

/// What a record says, for people and for programs. Pure.
pub mod alert;

/// Where records go: the alert log, webhooks, programs, mail.
pub mod sink;

/// What a terminal can show.
pub mod terminal;

/// The files people edit, turned into a `Config` that needs no more checking; mistakes shown with carets.
pub mod config;
/// Bytes to articles: decode, repair, dates, parse, identity. Pure.
pub mod feed;
/// Words for the web: requests, redirects, failures, the guard. Pure.
pub mod web;

/// The web as it is asked: the contract, and its keeping by reqwest.
pub mod fetch;
/// When to ask, and whom. Pure.
pub mod pace;

/// What an answer changes. Pure.
pub mod poll;
/// The local endpoint: metrics, health, the alerts as a feed.
pub mod serve;
/// SQLite: the only room that uses SQL.
pub mod store;
/// Which articles tell the same story. Pure.
pub mod story;
/// The watch language: syntax, word forms, matcher, reasons. Pure.
pub mod watch;

/// The commands people type, one file each.
pub mod cli;
/// The loop: due, ask, decide, apply, deliver; reload and stop.
pub mod daemon;
/// What feedwatch says while it runs: to the journal, a terminal, a text or JSON log.
pub mod logging;
