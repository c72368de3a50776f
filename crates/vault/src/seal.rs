//! Sealing, without any I/O: XChaCha20-Poly1305 with a fresh data key for each secret.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::TryRngCore as _;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Error;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// The key of the key file.
pub(crate) struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

/// What is stored of a secret.
#[derive(Clone)]
pub(crate) struct Sealed {
    /// Nonce, then the data key sealed with the master key.
    pub wrapped_key: Vec<u8>,
    pub nonce: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key))
}

impl MasterKey {
    pub fn generate() -> Result<Self, Error> {
        Ok(MasterKey(Zeroizing::new(random()?)))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode(text.trim()).ok()?);
        Some(MasterKey(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(*self.0))
    }

    /// Names the key without telling anything about it.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"patchbay key id");
        hash.update(*self.0);
        hex::encode(&hash.finalize()[..8])
    }

    /// `context`: what the secret belongs to; it opens only with the same.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Sealed, Error> {
        let data_key = Zeroizing::new(random::<KEY_BYTES>()?);
        let nonce = random::<NONCE_BYTES>()?;
        let ciphertext = encrypt(&data_key, &nonce, plain, context)?;
        let wrap_nonce = random::<NONCE_BYTES>()?;
        let mut wrapped_key = wrap_nonce.to_vec();
        wrapped_key.extend(encrypt(&self.0, &wrap_nonce, &*data_key, context)?);
        Ok(Sealed { wrapped_key, nonce: nonce.to_vec(), ciphertext })
    }

    pub fn open(&self, sealed: &Sealed, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (wrap_nonce, wrapped) = sealed.wrapped_key.split_at_checked(NONCE_BYTES).ok_or(Error::Broken)?;
        let data_key = Zeroizing::new(decrypt(&self.0, wrap_nonce, wrapped, context)?);
        let data_key: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(data_key.as_slice().try_into().map_err(|_| Error::Broken)?);
        decrypt(&data_key, &sealed.nonce, &sealed.ciphertext, context).map(Zeroizing::new)
    }

    /// Seals a known text without a data key of its own: the check whether a key file is the right one.
    pub fn mark(&self, plain: &[u8], context: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let nonce = random::<NONCE_BYTES>()?;
        Ok((nonce.to_vec(), encrypt(&self.0, &nonce, plain, context)?))
    }

    pub fn opens(&self, nonce: &[u8], ciphertext: &[u8], context: &[u8], plain: &[u8]) -> bool {
        decrypt(&self.0, nonce, ciphertext, context).is_ok_and(|opened| opened == plain)
    }
}

fn encrypt(key: &[u8; KEY_BYTES], nonce: &[u8], plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
    cipher(key).encrypt(XNonce::from_slice(nonce), Payload { msg: plain, aad: context }).map_err(|_| Error::Broken)
}

fn decrypt(key: &[u8; KEY_BYTES], nonce: &[u8], sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
    if nonce.len() != NONCE_BYTES {
        return Err(Error::Broken);
    }
    cipher(key).decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: context }).map_err(|_| Error::Broken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn opens_only_with_the_same_key_and_context() {
        let key = MasterKey::generate().unwrap();
        let sealed = key.seal(b"hunter2", b"ws/a").unwrap();
        assert_eq!(&*key.open(&sealed, b"ws/a").unwrap(), b"hunter2");
        assert!(key.open(&sealed, b"ws/b").is_err(), "a row moved elsewhere does not open");
        assert!(MasterKey::generate().unwrap().open(&sealed, b"ws/a").is_err());
        for part in 0..3 {
            let mut broken = sealed.clone();
            let bytes = [&mut broken.wrapped_key, &mut broken.nonce, &mut broken.ciphertext];
            *bytes.into_iter().nth(part).unwrap().last_mut().unwrap() ^= 1;
            assert!(key.open(&broken, b"ws/a").is_err());
        }
        let short = Sealed { wrapped_key: vec![1], nonce: vec![], ciphertext: vec![] };
        assert!(key.open(&short, b"ws/a").is_err());
    }

    #[test]
    fn equal_secrets_look_different() {
        let key = MasterKey::generate().unwrap();
        assert_ne!(key.seal(b"x", b"c").unwrap().ciphertext, key.seal(b"x", b"c").unwrap().ciphertext);
    }

    #[test]
    fn a_key_survives_its_text() {
        let key = MasterKey::generate().unwrap();
        assert_eq!(MasterKey::parse(&key.to_text()).unwrap().id(), key.id());
        assert!(MasterKey::parse("abc").is_none());
        assert!(MasterKey::parse(&"g".repeat(64)).is_none());
    }
}
