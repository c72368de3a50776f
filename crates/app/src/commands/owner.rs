use std::io::Read as _;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use store::NewOwner;

use crate::{config::Config, open};

#[derive(Subcommand)]
pub enum Owner {
    /// Create the owner's account and workspace, instead of the setup page.
    Create(Create),
    /// Set a person's password anew and end all their sessions.
    ResetPassword(ResetPassword),
}

#[derive(Args)]
pub struct Create {
    #[arg(long)]
    email: String,
    /// Shown to others.
    #[arg(long, default_value = "Owner")]
    name: String,
    #[arg(long, default_value = "My workspace")]
    workspace: String,
    /// Read the password from standard input (the only way: arguments can be seen by others).
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Args)]
pub struct ResetPassword {
    #[arg(long)]
    email: String,
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// The same as the setup page asks.
const SHORTEST: usize = 10;

fn password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(10_000).read_to_string(&mut text).context("the password cannot be read")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < SHORTEST {
        bail!("the password must have at least {SHORTEST} characters");
    }
    Ok(password)
}

impl Owner {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let password = password()?;
        let password_hash = server::hash_password(&password)?;
        let store = open::store(config).await?;
        let done = match self {
            Owner::Create(Create { email, name, workspace, .. }) => {
                if !email.contains('@') {
                    bail!("`{email}` is no e-mail address");
                }
                let owner = NewOwner { email: email.clone(), name, password_hash, workspace, time_zone: "UTC".into() };
                match store.create_owner(owner).await {
                    Ok(_) => Ok(format!("Created the owner {email}.")),
                    Err(store::Error::Exists(_)) => {
                        bail!("there is an owner already; `patchbay owner reset-password` sets a new password")
                    }
                    Err(error) => Err(error),
                }
            }
            Owner::ResetPassword(ResetPassword { email, .. }) => {
                let found = store.user_by_email(&email).await?.with_context(|| format!("nobody is called {email} here"))?;
                store.set_password(found.user.id, &password_hash).await?;
                store.end_sessions(found.user.id, None).await?;
                Ok(format!("Set a new password for {email}; every session has ended."))
            }
        };
        store.close().await;
        println!("{}", done?);
        Ok(())
    }
}
