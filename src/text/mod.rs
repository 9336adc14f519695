//! Text: HTML to plain text, folding, tokens with positions and offsets. Pure.

pub mod fold;
pub mod form;
pub mod html;
pub mod markup;
mod sentence;
pub mod token;
