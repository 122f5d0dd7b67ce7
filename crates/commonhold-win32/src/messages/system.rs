//! The texts for error codes, in words of this library's own.

/// Whether messages are there in a language (`LANGID`): in English, which is also the neutral one.
pub(super) fn speaks(language: u32) -> bool {
    const NEUTRAL: u32 = 0;
    const ENGLISH: u32 = 0x9;
    const INVARIANT: u32 = 0x7f;
    matches!(language & 0x3ff, NEUTRAL | ENGLISH | INVARIANT)
}

/// The text for a code, or for the `HRESULT` that is made of one.
pub(super) fn text(code: u32) -> Option<&'static str> {
    const OF_WIN32: u32 = 0x8007_0000;
    let code = match code & 0xffff_0000 {
        OF_WIN32 => code & 0xffff,
        _ => code,
    };
    let found = TEXTS.binary_search_by_key(&code, |&(code, _)| code);
    found.ok().map(|index| TEXTS[index].1)
}

/// By code, in ascending order.
const TEXTS: &[(u32, &str)] = &[
    (0, "No error: the call succeeded."),
    (1, "The function does not exist or does not apply here."),
    (2, "No file or object has this name."),
    (3, "A directory or namespace of the path does not exist."),
    (
        4,
        "No more files can be opened: the process has too many already.",
    ),
    (5, "Access denied."),
    (
        6,
        "The handle is not valid, or is to an object of another type.",
    ),
    (7, "The storage control blocks were destroyed."),
    (8, "There is not enough memory."),
    (9, "A storage control block address is not valid."),
    (10, "The environment is not valid."),
    (11, "The format is not valid."),
    (12, "The access code is not valid."),
    (13, "The data are not valid."),
    (14, "There is not enough storage to finish this."),
    (15, "There is no such drive."),
    (16, "The current directory cannot be removed."),
    (17, "The file cannot be moved to another device."),
    (18, "There are no more files."),
    (19, "The medium is write-protected."),
    (20, "There is no such unit."),
    (21, "The device is not ready."),
    (22, "The device does not know this command."),
    (23, "The checksum of the data does not match."),
    (24, "The length of a command or structure is wrong."),
    (25, "The device cannot find this position."),
    (29, "Writing to the device failed."),
    (30, "Reading from the device failed."),
    (
        31,
        "The system or a device refused it for a reason without a code of its own.",
    ),
    (
        32,
        "The file is open elsewhere in a way that does not permit this.",
    ),
    (33, "Part of the file is locked elsewhere."),
    (36, "Too many files are open for sharing."),
    (38, "The end of the file was reached."),
    (39, "The disk is full."),
    (50, "This is not supported."),
    (52, "The name is used twice on the network."),
    (53, "The network path was not found."),
    (54, "The network is busy."),
    (55, "The network resource or device is not there any more."),
    (59, "An unexpected network error happened."),
    (64, "The network name is not there any more."),
    (65, "Network access denied."),
    (66, "The type of the network resource is wrong."),
    (67, "The network name was not found."),
    (68, "There are too many names on the network adapter."),
    (80, "The file exists already."),
    (82, "The file or directory cannot be made."),
    (83, "A critical error could not be handled."),
    (85, "The local name of the device is in use already."),
    (86, "The password is wrong."),
    (87, "A parameter is wrong."),
    (89, "No further process can be started now."),
    (100, "No further semaphore can be made."),
    (101, "Another process owns the exclusive semaphore."),
    (102, "The semaphore is set and cannot be closed."),
    (103, "The semaphore cannot be set again."),
    (
        104,
        "Exclusive semaphores cannot be requested at interrupt time.",
    ),
    (105, "The former owner of the semaphore has ended."),
    (107, "Another disk is needed."),
    (108, "The disk is in use or locked by another process."),
    (109, "The other end of the pipe is closed."),
    (110, "The file or device cannot be opened."),
    (111, "The name is too long for the buffer."),
    (112, "There is not enough space on the disk."),
    (113, "No more searches can be begun."),
    (114, "The target handle is not valid."),
    (120, "This function is not implemented here."),
    (121, "The wait for the semaphore took too long."),
    (122, "The buffer is too small."),
    (123, "The name is not valid."),
    (124, "The level of information is not valid."),
    (126, "The module was not found."),
    (127, "The procedure was not found."),
    (128, "There is no child process to wait for."),
    (129, "The program cannot run here."),
    (
        130,
        "The handle is for an open disk partition and not for a file.",
    ),
    (
        131,
        "The position would be before the beginning of the file.",
    ),
    (132, "The device or file has no position that could be set."),
    (145, "The directory is not empty."),
    (
        156,
        "The process or thread refused the signal or the suspension.",
    ),
    (157, "The segment is discarded and cannot be locked."),
    (158, "The segment is not locked."),
    (159, "The address for the thread's id is wrong."),
    (160, "One or more arguments are wrong."),
    (161, "The path is not valid."),
    (162, "A signal is pending already."),
    (164, "No further thread can be made."),
    (167, "Part of the file cannot be locked."),
    (170, "It is in use."),
    (173, "No lock request was waiting to be cancelled."),
    (
        174,
        "The file system cannot change the kind of a lock at once.",
    ),
    (180, "The segment number is not valid."),
    (183, "An object or file of this name exists already."),
    (186, "The flag is not valid."),
    (187, "The system semaphore was not found."),
    (191, "The program file has no valid signature."),
    (192, "The program file is marked as not valid."),
    (
        193,
        "The file is no program, or nothing that a section can be made over.",
    ),
    (203, "The environment has no such variable."),
    (205, "No process has a handler for the signal."),
    (206, "The name or path is too long."),
    (208, "A pattern is not valid or expands to too much."),
    (209, "The signal number is not valid."),
    (212, "The segment is locked."),
    (214, "Too many modules are attached."),
    (215, "Calls cannot be nested so."),
    (230, "The pipe is not in a valid state."),
    (231, "All ends of the pipe are in use."),
    (232, "The pipe is being closed."),
    (233, "There is no process at the other end of the pipe."),
    (234, "There are more data."),
    (235, "There was nothing to be done."),
    (258, "The wait took too long."),
    (259, "There are no more data."),
    (266, "The files cannot be copied."),
    (267, "The directory name is not valid."),
    (288, "The thread does not own the mutex that it releases."),
    (298, "The semaphore would count more than its maximum."),
    (299, "Only part of it was read or written."),
    (303, "The file is to be deleted and cannot be opened."),
    (317, "There is no text for this message."),
    (487, "The address is not usable for this."),
    (534, "The result is too large for its type."),
    (535, "There is a process at the other end of the pipe."),
    (536, "The pipe waits for a process to open its other end."),
    (587, "The thread owns the mutex as often as can be counted."),
    (698, "An object of this name exists already and was opened."),
    (722, "The timer was set, but cannot wake the machine."),
    (
        735,
        "The last owner of the mutex ended without releasing it.",
    ),
    (
        736,
        "The last owner of one of the mutexes ended without releasing it.",
    ),
    (737, "The wait ended because a call was made in the thread."),
    (740, "This needs elevated privileges."),
    (
        995,
        "The operation was stopped because its thread ended or asked for it.",
    ),
    (996, "The overlapped operation has not ended yet."),
    (997, "The overlapped operation goes on."),
    (998, "The memory does not allow this access."),
    (999, "A page could not be read from or written to its file."),
    (1001, "The stack is used up."),
    (1002, "The message is not valid."),
    (1004, "The flags are not valid."),
    (1005, "The volume has no file system that is known."),
    (
        1006,
        "The file is empty or was changed from outside, so that it cannot be used.",
    ),
    (1007, "Full screen is not possible here."),
    (1008, "There is no token."),
    (1009, "The configuration database is damaged."),
    (1010, "The configuration key is not valid."),
    (1066, "The service gave an error code of its own."),
    (1067, "The process ended unexpectedly."),
    (
        1113,
        "There is no such character in the target code page, or the text is not valid.",
    ),
    (1114, "A library could not be initialized."),
    (1117, "The device failed to read or write."),
    (1127, "A disk operation failed although it was tried again."),
    (1131, "Waiting here might never end."),
    (
        1132,
        "The address or offset is not a multiple of the allocation granularity.",
    ),
    (1142, "The file has as many links as it can."),
    (1150, "This needs a newer version of the system."),
    (1168, "The element was not found."),
    (1169, "Nothing matches the key."),
    (1200, "The device name is not valid."),
    (1223, "The user cancelled it."),
    (
        1224,
        "The file has a mapped section, so that this is not possible.",
    ),
    (1237, "It was not completed and should be tried again."),
    (1245, "The user is not logged on."),
    (1247, "It is initialized already."),
    (1248, "There are no more local devices."),
    (1284, "There is no debugger."),
    (1287, "The error has no code of its own."),
    (1300, "Not all of the privileges were assigned."),
    (1305, "The revision is not known."),
    (1306, "The revisions do not fit together."),
    (1307, "The security id cannot be an owner."),
    (1308, "The security id cannot be a primary group."),
    (1309, "The thread does not act for a client."),
    (1313, "There is no such privilege."),
    (
        1314,
        "The process does not have the privilege that this needs.",
    ),
    (1336, "The access control list is not valid."),
    (1337, "The security id is not valid."),
    (1338, "The security descriptor is not valid."),
    (1349, "The type of the token is wrong for this."),
    (1359, "Something went wrong inside the library."),
    (1392, "The file or directory is damaged."),
    (1393, "The structure of the disk is damaged."),
    (1400, "The window handle is not valid."),
    (1438, "The style of the message box is not valid."),
    (1450, "The system has not enough resources for this."),
    (
        1451,
        "The system has not enough memory that stays in place.",
    ),
    (1452, "The system has not enough memory that can be paged."),
    (1453, "The quota for the working set is not enough."),
    (1454, "The quota for the page file is not enough."),
    (1455, "There is not enough memory that could be committed."),
    (1460, "The time for the operation is over."),
    (1461, "The monitor handle is not valid."),
    (1464, "The device does not support symbolic links."),
    (1630, "Data of this type are not supported."),
    (1656, "The two handles are not to the same object."),
    (1784, "The buffer is not valid for this."),
    (1812, "The file has no resource section."),
    (1813, "The file has no resource of this type."),
    (1815, "The file has no resource in this language."),
    (1816, "The quota is not enough for this."),
    (1920, "The system cannot access the file."),
    (4390, "The file or directory is no reparse point."),
    (4392, "The data of the reparse point are not valid."),
    (5006, "A resource that this needs is not available."),
    (5023, "The object is not in a state for this."),
    (0x8000_4001, "It is not implemented."),
    (0x8000_4003, "The pointer is not valid."),
    (0x8000_4004, "The operation was aborted."),
    (0x8000_4005, "The error has no text of its own."),
    (
        0x8000_ffff,
        "Something catastrophic and unexpected happened.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_in_order_and_whole_sentences() {
        assert!(TEXTS.is_sorted_by(|one, other| one.0 < other.0));
        for (code, text) in TEXTS {
            assert!(text.ends_with('.') && text.is_ascii(), "{code}");
            assert!(
                text.starts_with(char::is_uppercase) && !text.contains('%'),
                "{code}"
            );
        }
    }

    #[test]
    fn every_code_that_the_headers_name_has_a_text() {
        let header = include_str!("../../include/winerror.h");
        let codes = header.lines().filter_map(|line| {
            let line = line.strip_prefix("#define ERROR_")?;
            line.split_once(' ')?.1.trim().parse::<u32>().ok()
        });
        let codes: Vec<u32> = codes.collect();
        assert!(codes.len() > 150);
        for code in codes {
            assert!(text(code).is_some(), "{code}");
        }
    }
}
