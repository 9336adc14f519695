//! The contract kept by reqwest.

use std::time::Duration;

/// How we name ourselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A page or address that tells a server's owner who polls; the project's page when the owner gives none.
    pub contact: Option<String>,
}

/// How much an answer may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A whole poll, from the first look-up to the last byte.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body_bytes: u64,
}

/// The web as reqwest sees it.
#[derive(Clone, Debug)]
pub struct Http {}
