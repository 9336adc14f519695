//! Which parts of an address may be shown.

use url::Url;

/// Parameters of a query whose values are secrets.
pub const SECRET_PARAMETERS: [&str; 12] =
    ["access_token", "api_key", "apikey", "auth", "key", "pass", "password", "passwd", "pwd", "secret", "sig", "token"];

/// An address without its secrets: passwords, and the tokens that some services put into the user name or the query.
pub fn mask(url: &Url) -> String {
    const MASK: &str = "***";
    let mut masked = url.clone();
    // Both setters fail only for addresses that cannot carry a user at all.
    if url.password().is_some() {
        let _ = masked.set_password(Some(MASK));
    } else if !url.username().is_empty() {
        let _ = masked.set_username(MASK);
    }
    let secret = |name: &str| SECRET_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    if url.query_pairs().any(|(name, _)| secret(&name)) {
        let pairs =
            url.query_pairs().map(|(name, value)| if secret(&name) { (name, MASK.into()) } else { (name, value) });
        masked.query_pairs_mut().clear().extend_pairs(pairs);
    }
    masked.into()
}
