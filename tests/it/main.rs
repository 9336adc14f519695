//! The tests that see the house from outside: one binary, a module a room.

mod farm;
mod fetch;
mod server;
