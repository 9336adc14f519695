//! A body that arrives: within its limit, at its pace, in the room that there is for it, and unpacked.

use std::ops::Deref;
use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::encoding::Encoding;
use crate::fetch::http::Asking;
use crate::fetch::pace::Pace;
use crate::fetch::room::{self, Full, Share};
use crate::fetch::{FetchError, cause};

impl Asking<'_> {
    /// The whole body, decoded. If it exceeds the limit, the connection is closed without reading the rest.
    pub(super) async fn body(&mut self, mut response: reqwest::Response, share: &Share) -> Result<Vec<u8>, FetchError> {
        /// Room made on a server's word before a byte has come; most feeds are smaller.
        const TRUSTED_CLAIM_BYTES: u64 = 64 * 1024;
        /// If a server broke off after we made it wait this long, it may have lost patience.
        const PATIENCE_OF_SERVERS: Duration = Duration::from_secs(5);
        let limit = self.http.limits.max_body_bytes;
        let encoding = Encoding::of(response.headers())?;
        // Packing does not make a document longer, so the limit holds for the wire as well.
        let claimed = response.content_length().unwrap_or_default();
        if claimed > limit {
            return Err(FetchError::TooLarge { limit });
        }
        let is_large = claimed as usize > room::MIDDLE_BYTES;
        if is_large {
            // Better to wait with nothing in hands than with a part.
            self.room(share, claimed as usize).await?;
        }
        let mut wire = Vec::with_capacity(claimed.min(TRUSTED_CLAIM_BYTES) as usize);
        let mut pace = Pace::from(Instant::now(), is_large);
        loop {
            let piece = match self.piece(&mut response, &mut pace).await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(FetchError::Broken(_)) if self.waited >= PATIENCE_OF_SERVERS => return Err(FetchError::NoRoom),
                Err(error) => return Err(error),
            };
            let bytes = wire.len() + piece.len();
            if bytes as u64 > limit {
                return Err(FetchError::TooLarge { limit });
            }
            let waited = self.room(share, bytes).await?;
            pace.came(piece.len(), waited)?;
            // Copied: a piece kept as it is would pin the connection's read buffer.
            wire.extend_from_slice(&piece);
        }
        share.weigh(wire.len());
        let body = if encoding.is_identity() { wire } else { self.decoded(encoding, wire, share).await? };
        share.weigh(body.len());
        Ok(body)
    }

    /// The body unpacked. How large it gets is known only afterwards. Most feeds are small, so they are tried as such
    /// first: a body that asked for all that it may become would wait for those that are large.
    async fn decoded(&mut self, encoding: Encoding, wire: Vec<u8>, share: &Share) -> Result<Vec<u8>, FetchError> {
        let limit = self.http.limits.max_body_bytes;
        for size in [room::SMALL_BYTES, room::MIDDLE_BYTES, room::LARGE_BYTES] {
            let most = size.saturating_sub(wire.len());
            if most < wire.len() || most as u64 >= limit {
                continue;
            }
            self.room(share, size).await?;
            match unpack(encoding.clone(), wire.clone(), most as u64).await {
                Err(FetchError::TooLarge { .. }) => {}
                done => return done,
            }
        }
        self.room(share, wire.len() + limit as usize).await?;
        unpack(encoding, wire, limit).await
    }

    /// Waits for memory, which takes nothing of the feed's time. Tells how long that took.
    pub(super) async fn room(&mut self, share: &Share, bytes: usize) -> Result<Duration, FetchError> {
        let since = Instant::now();
        share.grow_to(bytes).await.map_err(|Full| FetchError::NoRoom)?;
        let waited = since.elapsed();
        self.deadline += waited;
        self.waited += waited;
        Ok(waited)
    }

    async fn piece(
        &self,
        response: &mut reqwest::Response,
        pace: &mut Pace,
    ) -> Result<Option<impl Deref<Target = [u8]> + use<>>, FetchError> {
        let idle = Instant::now() + self.http.tuning.idle;
        loop {
            let next = tokio::time::timeout_at(pace.judged_at().min(idle).min(self.deadline), response.chunk());
            if let Ok(piece) = next.await {
                return piece.map_err(cause::of_body);
            }
            let now = Instant::now();
            pace.judge(now)?;
            if now >= idle || now >= self.deadline {
                let after = if now >= idle { self.http.tuning.idle } else { self.http.limits.timeout };
                return Err(FetchError::TimedOut { doing: "reading the body", after });
            }
        }
    }
}

/// Undoes an encoding off the async threads.
async fn unpack(encoding: Encoding, wire: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
    let unpacking = tokio::task::spawn_blocking(move || encoding.decode(wire, limit));
    unpacking.await.map_err(|panic| FetchError::Broken(panic.to_string()))?
}
