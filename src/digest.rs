//! Bytes enter, their SHA-256 in hexadecimal leaves (FIPS 180-4).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The digest of some bytes, in 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    sha256_of(&[bytes])
}

/// The digest of some bytes, one part after the other.
#[must_use]
pub fn sha256_of(parts: &[&[u8]]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part);
    }
    sha.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    /// The one-block example of FIPS 180-4.
    #[test]
    fn abc() {
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::sha256(b"abc"), digest);
        assert_eq!(super::sha256_of(&[b"a", b"", b"bc"]), digest);
    }
}
