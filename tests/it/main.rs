//! The tests that see the house from outside: one binary, a module a room.

mod alert;
mod config;
mod cost;
mod demo;
mod documents;
mod driver;
mod farm;
mod feed;
mod fetch;
mod fresh;
mod growth;
mod million;
mod packages;
mod poll;
mod process;
mod rooms;
mod serve;
mod server;
mod sink;
mod store;
mod stories;
mod story;
mod unit_files;
mod upgrade;
mod watch;
mod wish;
