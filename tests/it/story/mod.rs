//! Stories: what is joined and what is not, measured on a corpus with labels; growth; what holds over order and restarts.

#![allow(clippy::unwrap_used)]

pub(crate) mod corpus;
pub(crate) mod desk;
pub(crate) mod score;

mod confirmed;
mod counting;
mod days;
mod growth;
mod joining;
mod news;
mod pairs;
mod sponges;
