//! Where feedwatch may connect: public addresses, and private ones only when the owner allows them.

use ipnet::IpNet;

/// The owner's rules for addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Private or loopback ranges that feeds may use.
    pub allow: Vec<IpNet>,
    /// Public ranges to refuse as well.
    pub deny: Vec<IpNet>,
    /// Whether `file:` feeds are read.
    pub files: bool,
}

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused by the guard: {0}")]
pub struct Refusal(pub String);
