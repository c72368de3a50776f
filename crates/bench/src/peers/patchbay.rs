//! Patchbay as a peer of the others.

use super::Running;
use crate::instance::Instance;
use crate::scenario::Setting;
use anyhow::Result;
use std::path::Path;

pub(super) async fn start(setting: &Setting, folder: &Path, fresh: bool) -> Result<Running> {
    let kept = folder.join("hooks.json");
    let instance = if fresh {
        Instance::create(&setting.binary, &folder.join("instance")).await?
    } else {
        Instance::reopen(&setting.binary, &folder.join("instance"))?
    };
    let (running, _) = instance.start().await?;
    let hooks = if fresh {
        let mut hooks = Vec::new();
        for file in ["w1.json", "w2.json", "w3.json"] {
            hooks.push(instance.import(&setting.workflow(file)?).await?.hook);
        }
        std::fs::write(&kept, serde_json::to_vec(&hooks)?)?;
        hooks
    } else {
        serde_json::from_slice(&std::fs::read(&kept)?)?
    };
    let [first, second, third] = <[String; 3]>::try_from(hooks).map_err(|hooks| anyhow::anyhow!("{} hooks", hooks.len()))?;
    Ok(Running { address: running.address, child: running.into_child(), hooks: [first, second, third] })
}
