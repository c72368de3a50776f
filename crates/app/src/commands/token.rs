use anyhow::Context as _;
use clap::{Args, Subcommand};
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};
use store::Scope;

use crate::{config::Config, open};

#[derive(Subcommand)]
pub enum Token {
    /// Create an API token for a person's first workspace and print it, once.
    Create(Create),
}

#[derive(Args)]
pub struct Create {
    #[arg(long)]
    email: String,
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do; at most what the person may.
    #[arg(long, default_value = "owner", value_parser = role)]
    role: model::Role,
}

fn role(text: &str) -> Result<model::Role, String> {
    model::Role::parse(text).ok_or_else(|| "must be viewer, maker, operator or owner".into())
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Token::Create(Create { email, name, role }) = self;
        let store = open::store(config).await?;
        let person = store.user_by_email(&email).await?.with_context(|| format!("nobody is called {email} here"))?;
        let (workspace, own_role) = store
            .memberships(person.user.id)
            .await?
            .into_iter()
            .next()
            .with_context(|| format!("{email} belongs to no workspace"))?;
        let mut bytes = [0u8; 32];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).context("no randomness")?;
        let secret = format!("pb_{}", hex::encode(bytes));
        let hash = Sha256::digest(secret.as_bytes()).into();
        let scope = Scope::system(workspace.id);
        store.create_token(&scope, person.user.id, &name, role.min(own_role), hash, &secret[..9], None).await?;
        store.close().await;
        println!("{secret}");
        Ok(())
    }
}
