//! stub
use crate::console::Console;
use crate::error::Error;
pub fn run(_: &Console) -> Result<(), Error> {
    Ok(())
}
