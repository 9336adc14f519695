//! The tests that see the house from outside: one binary, a module a room.

mod alert;
mod config;
mod demo;
mod farm;
mod feed;
mod fetch;
mod process;
mod server;
mod stories;
mod unit_files;
