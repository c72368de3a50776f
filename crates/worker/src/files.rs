//! Files that came with an event, put into the calls that take them.

use std::{collections::HashMap, sync::Arc};

use connect::MOST_FILE_BYTES;
use engine::Call;
use model::{
    ids::{RunId, WorkspaceId},
    run::{ErrorClass, StepError},
};
use serde_json::Value;

use crate::worker::Inner;

impl Inner {
    /// The input of a call with the contents of its files: data only names them.
    pub(crate) async fn with_files(&self, workspace: WorkspaceId, run: RunId, call: &Call) -> Result<Arc<Value>, StepError> {
        let kept = self.connect.kept_files(&call.connector, &call.operation, &call.input);
        if kept.is_empty() {
            return Ok(Arc::clone(&call.input));
        }
        let (mut contents, mut bytes) = (HashMap::new(), 0);
        for file in kept {
            let found = self.store.run_file(workspace, run, &file.sha256).await.map_err(|error| {
                tracing::warn!(run.id = %run, error = %error, "a file of an event could not be read");
                let message = format!("The file \"{}\" could not be read just now.", file.name);
                StepError::new(ErrorClass::Transient, "file.unreadable", message)
            })?;
            let Some(content) = found else {
                let message = format!(
                    "The file \"{}\" is not kept: it has been deleted with the event it came with, or it did not come with this one. \
                     Have it sent again",
                    file.name
                );
                return Err(StepError::new(ErrorClass::Input, "file.gone", message));
            };
            bytes += content.len();
            if bytes > MOST_FILE_BYTES {
                let message =
                    format!("The files are larger than {} MB together; send less at once", MOST_FILE_BYTES / (1024 * 1024));
                return Err(StepError::new(ErrorClass::Input, "input.too_large", message));
            }
            contents.insert(file.sha256, content);
        }
        Ok(Arc::new(self.connect.with_files(&call.connector, &call.operation, &call.input, &contents)))
    }
}
