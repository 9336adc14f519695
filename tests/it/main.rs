//! The tests that see the house from outside: one binary, a module a room.

mod alert;
mod fetch;
mod server;
mod unit_files;
