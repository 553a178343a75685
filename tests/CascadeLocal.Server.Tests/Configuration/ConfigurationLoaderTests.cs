using System.Diagnostics;
using System.Runtime.Versioning;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_that_nobody_named_and_all_may_write_is_refused()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("cascade.json");
        File.WriteAllText(file, "{}");
        Assert.Equal(file, ConfigurationLoader.RequireOwn(file));

        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.OtherWrite);

        Assert.Equal(
            $"{file} is not read unless --config names it: every user may change it.",
            Assert.Throws<ConfigurationException>(() => ConfigurationLoader.RequireOwn(file)).Message);
    }

    [Theory]
    [InlineData("nobody", true)]
    [InlineData("root", false)]
    public void A_file_that_nobody_named_and_another_user_owns_is_refused(string owner, bool isRefused)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can give a file away.");
        using TemporaryFolder folder = new();
        string file = folder.File("cascade.json");
        File.WriteAllText(file, "{}");
        using (Process giver = Process.Start("chown", [owner, file]))
            giver.WaitForExit();

        Assert.Equal(isRefused, Record.Exception(() => ConfigurationLoader.RequireOwn(file)) is ConfigurationException { Message: var text }
            && text.EndsWith("another user owns it.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_file_that_was_read_is_logged()
    {
        RecordingLog log = new();

        await using TestServer server = await TestServer.StartAsync(options => options with { ConfigurationFile = "/srv/cascade.json" }, log: log);

        Assert.Contains("The configuration is /srv/cascade.json", log.Lines);
    }

    [Theory]
    [InlineData("Max open files            260                  4096                 files     ", 130)]
    [InlineData("Max open files            65536                65536                files     ", 10_000)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 10_000)]
    [InlineData("Max processes             20                   20                   processes ", 10_000)]
    public void Connections_take_half_of_the_files(string line, int most) => Assert.Equal(most, ConnectionLimit.OfFiles([line]));
}
