//! A visitors' book that is gone when the last visitor is.

use std::sync::atomic::{AtomicU64, Ordering};

use commonhold::Section;

/// One visit.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Whoever comes first creates it; the others open it.
    let section = Section::options().size(4096).open_or_create("visitors")?;
    let view = section.map()?;

    let visitors: &AtomicU64 = view.atomic(0)?;
    let visitor = visitors.fetch_add(1, Ordering::Relaxed) + 1;
    println!("I am visitor {visitor}. Start me in other terminals, too; Enter ends me.");

    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
} // The last one out, even if it is killed, takes name and memory along: the next is visitor 1.
