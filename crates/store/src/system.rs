use crate::{Error, Store, sql};

impl Store {
    pub async fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        let row = sql::one(&self.shared.read, "SELECT value FROM setting WHERE key = $1", vec![key.into()]).await?;
        row.map(|row| sql::get(&row, 0)).transpose()
    }

    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), Error> {
        let sql = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sql::exec(&self.shared.write, sql, vec![key.into(), value.into()]).await?;
        Ok(())
    }

    /// Keeps a setting unless it stands already; gives back what stands: what all processes share is kept by whoever is first.
    pub async fn keep_setting(&self, key: &str, value: &str) -> Result<String, Error> {
        let sql = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        sql::exec(&self.shared.write, sql, vec![key.into(), value.into()]).await?;
        self.setting(key).await?.ok_or(Error::NotFound("the setting"))
    }
}
