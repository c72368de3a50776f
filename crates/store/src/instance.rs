//! What all processes of an instance share, kept by whoever is first.

use crate::{Error, Store, sql};

impl Store {
    /// Keeps a setting unless it stands already; gives back what stands.
    pub async fn keep_setting(&self, key: &str, value: &str) -> Result<String, Error> {
        let sql = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        sql::exec(&self.shared.write, sql, vec![key.into(), value.into()]).await?;
        self.setting(key).await?.ok_or(Error::NotFound("the setting"))
    }
}
