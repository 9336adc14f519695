//! The real program: real processes, real signals, a real server on loopback, real time.

#![allow(clippy::unwrap_used)]

mod backtest;
mod backup;
mod broken;
mod chats;
mod elsewhere;
mod exits;
mod follow;
mod golden;
mod hang;
mod hooks;
mod kill;
mod limits;
#[cfg(feature = "mail")]
mod mail;
mod managing;
mod opml;
mod picture;
mod poison;
mod program;
mod reading;
mod rounds;
mod search;
mod secrets;
mod service;
mod story;
mod terminal;
mod why;
