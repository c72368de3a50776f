//! The browser's files: embedded in release builds, read from the disk in debug builds.

use std::{borrow::Cow, path::PathBuf};

use axum::body::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
#[allow_missing = true]
struct Embedded;

pub(crate) struct Assets {
    /// Instead of the embedded files.
    folder: Option<PathBuf>,
}

pub(crate) struct Asset {
    pub bytes: Bytes,
    /// Of the content, as a quoted text.
    pub etag: String,
}

impl Assets {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Assets { folder }
    }

    /// A file by its path without a leading slash. Hidden files and ways out of the folder are no files.
    pub async fn get(&self, path: &str) -> Option<Asset> {
        if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) || path.contains('\\') {
            return None;
        }
        let (bytes, hash) = match &self.folder {
            Some(folder) => {
                let bytes = Bytes::from(tokio::fs::read(folder.join(path)).await.ok()?);
                let hash: [u8; 32] = Sha256::digest(&bytes).into();
                (bytes, hash)
            }
            None => {
                let file = Embedded::get(path)?;
                let bytes = match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => Bytes::from(bytes),
                };
                (bytes, file.metadata.sha256_hash())
            }
        };
        Some(Asset { bytes, etag: format!("\"{}\"", hex::encode(&hash[..12])) })
    }
}
