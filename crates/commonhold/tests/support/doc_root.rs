// For examples in the documentation: a namespace of the example's own, which is removed at its end.
{
    struct Root(std::path::PathBuf);
    impl Drop for Root {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
    let root = Root(format!("/dev/shm/commonhold-doc-{}", std::process::id()).into());
    std::fs::create_dir(&root.0).unwrap();
    // SAFETY: the example has a process of its own, and has started no thread.
    unsafe { std::env::set_var("COMMONHOLD_ROOT", &root.0) };
    root
}
