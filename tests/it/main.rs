//! One binary for all integration tests, a module a room.

mod feed;
