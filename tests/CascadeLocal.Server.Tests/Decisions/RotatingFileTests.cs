using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Decisions;

public sealed class RotatingFileTests
{
    [Fact]
    public async Task A_full_file_is_set_aside_and_the_oldest_goes()
    {
        using TemporaryFolder folder = new();
        RotatingFile file = new(folder.File("log"), maxBytes: 8, files: 3);
        for (int i = 0; i < 9; i++)
            await AppendAsync(file, $"{i}23\n");

        Assert.Equal(["log", "log.1", "log.2"], folder.Files);
        Assert.Equal("823\n", await ReadAsync(folder, "log"));
        Assert.Equal("623\n723\n", await ReadAsync(folder, "log.1"));
        Assert.Equal("423\n523\n", await ReadAsync(folder, "log.2"));
    }

    [Fact]
    public async Task With_one_file_a_full_one_is_begun_anew()
    {
        using TemporaryFolder folder = new();
        RotatingFile file = new(folder.File("log"), maxBytes: 8, files: 1);
        for (int i = 0; i < 3; i++)
            await AppendAsync(file, $"{i}23\n");

        Assert.Equal(["log"], folder.Files);
        Assert.Equal("223\n", await ReadAsync(folder, "log"));
    }

    [Theory]
    [InlineData("old\n", "old\nnew\n")]
    [InlineData("cut sho", "cut sho\nnew\n")]
    public async Task It_goes_on_after_what_an_earlier_process_wrote(string before, string after)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.File("log"), before, TestContext.Current.CancellationToken);
        await AppendAsync(new(folder.File("log"), maxBytes: 100, files: 2), "new\n");

        Assert.Equal(after, await ReadAsync(folder, "log"));
    }

    [Fact]
    public async Task Two_that_write_the_same_file_lose_none_of_their_lines()
    {
        using TemporaryFolder folder = new();
        RotatingFile[] files = [new(folder.File("log"), maxBytes: 16, files: 9), new(folder.File("log"), maxBytes: 16, files: 9)];
        for (int i = 0; i < 9; i++)
            await AppendAsync(files[i % 2], $"{i}23\n");

        Assert.Equal("823\n", await ReadAsync(folder, "log"));
        Assert.Equal("423\n523\n623\n723\n", await ReadAsync(folder, "log.1"));
        Assert.Equal("023\n123\n223\n323\n", await ReadAsync(folder, "log.2"));
    }

    [Fact]
    public async Task It_goes_on_at_the_end_of_a_file_that_was_emptied_or_moved_meanwhile()
    {
        using TemporaryFolder folder = new();
        RotatingFile file = new(folder.File("log"), maxBytes: 100, files: 2);
        await AppendAsync(file, "first\n");
        await File.WriteAllTextAsync(folder.File("log"), "", TestContext.Current.CancellationToken);
        await AppendAsync(file, "second\n");
        File.Move(folder.File("log"), folder.File("aside"));
        await AppendAsync(file, "third\n");

        Assert.Equal("second\n", await ReadAsync(folder, "aside"));
        Assert.Equal("third\n", await ReadAsync(folder, "log"));
    }

    [Fact]
    public async Task Behind_a_link_its_target_is_written_and_set_aside()
    {
        using TemporaryFolder folder = new(), elsewhere = new();
        File.CreateSymbolicLink(folder.File("log"), elsewhere.File("real"));
        RotatingFile file = new(folder.File("log"), maxBytes: 8, files: 2);
        file.EnsureWritable();
        for (int i = 0; i < 3; i++)
            await AppendAsync(file, $"{i}23\n");

        Assert.Equal(["log"], folder.Files);
        Assert.Equal(["real", "real.1"], elsewhere.Files);
        Assert.Equal(("223\n", "023\n123\n"), (await ReadAsync(elsewhere, "real"), await ReadAsync(elsewhere, "real.1")));
    }

    [Fact]
    public void A_pipe_is_refused_at_the_start()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes have names on Linux.");
        using TemporaryFolder folder = new();
        using (Process maker = Process.Start("mkfifo", [folder.File("log")]))
            maker.WaitForExit();

        Assert.Contains("is a pipe", Assert.Throws<IOException>(new RotatingFile(folder.File("log"), maxBytes: 8, files: 2).EnsureWritable).Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task It_is_its_owners_alone_unless_somebody_gave_it_another_mode()
    {
        using TemporaryFolder folder = new();
        RotatingFile file = new(folder.File("log"), maxBytes: 8, files: 2);
        await AppendAsync(file, "023\n");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("log")));

        File.SetUnixFileMode(folder.File("log"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        await AppendAsync(file, "123\n");
        await AppendAsync(file, "223\n");

        Assert.Equal(["log", "log.1"], folder.Files);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(folder.File("log")));
    }

    private static Task AppendAsync(RotatingFile file, string line) => file.AppendAsync(Encoding.UTF8.GetBytes(line));

    private static Task<string> ReadAsync(TemporaryFolder folder, string name) =>
        File.ReadAllTextAsync(folder.File(name), TestContext.Current.CancellationToken);
}
