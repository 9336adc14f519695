//! The tests that see the house from outside: one binary, a module a room.

mod alert;
mod feed;
mod demo;
mod fetch;
mod server;
mod stories;
mod unit_files;
