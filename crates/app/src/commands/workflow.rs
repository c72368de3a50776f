use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use model::{
    api::{Empty, GetWorkflow, ImportWorkflow, ImportedWorkflow},
    ids::WorkflowId,
};

use crate::{client::Client, config::Config};

#[derive(Subcommand)]
pub enum Workflow {
    /// Create workflows from files; prints a JSON line for each: `{"workflow_id","version","hook_url","problems"}`.
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Publish and turn on at once.
        #[arg(long)]
        publish: bool,
    },
    /// Print a workflow's draft as a file that import reads.
    Export { id: WorkflowId },
}

impl Workflow {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let client = Client::new(config)?;
        match self {
            Workflow::Import { files, publish } => {
                let mut failed = false;
                for file in files {
                    match import(&client, &file, publish).await {
                        Ok(line) => println!("{line}"),
                        Err(error) => {
                            failed = true;
                            eprintln!("{}: {error:#}", file.display());
                        }
                    }
                }
                if failed {
                    bail!("not every file was imported");
                }
            }
            Workflow::Export { id } => {
                let workflow = client.call::<GetWorkflow>((id,), &Empty {}).await?;
                let file = ImportedWorkflow { name: workflow.name, definition: workflow.draft, publish: false };
                println!("{}", file.to_text());
            }
        }
        Ok(())
    }
}

async fn import(client: &Client, file: &PathBuf, publish: bool) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).context("cannot be read")?;
    let mut workflow = ImportedWorkflow::parse(&text)?;
    workflow.publish |= publish;
    let imported = client.call::<ImportWorkflow>((), &workflow).await?;
    Ok(serde_json::to_string(&imported)?)
}
