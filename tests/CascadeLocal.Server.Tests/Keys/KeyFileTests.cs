using System.Runtime.Versioning;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

public sealed class KeyFileTests : IDisposable
{
    private static readonly string Hash = new('a', 64);

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("keys.json");

    public void Dispose() => _folder.Dispose();

    private static string Entry(string fields) => $$"""{"keys":[{"name":"alice","hash":"sha256:{{Hash}}",{{fields}}}]}""";

    private IReadOnlyList<KeyEntry> Read(string text)
    {
        File.WriteAllText(Path, text);
        return KeyFile.Read(Path);
    }

    private string Refusal(string text) => Assert.Throws<ConfigurationException>(() => Read(text)).Message;

    [Fact]
    public void An_entry_says_who_has_a_key_and_what_it_opens()
    {
        KeyEntry entry = Assert.Single(Read(Entry(
            """
            "requests_per_minute":60,"tokens_per_minute":10000,"concurrency":4,"priority":"background",
            "models":["cascade","base"],"may_pin":false,"admin":true,"expires":"2027-01-31T18:00:00+02:00"
            """)));

        Assert.Equal(("alice", Hash.ToUpperInvariant()), (entry.Name, entry.Hash));
        Assert.Equal((60, 10_000, 4), (entry.RequestsPerMinute, entry.TokensPerMinute, entry.Concurrency));
        Assert.Equal((RequestPriority.Background, false, true), (entry.Priority, entry.MayPin, entry.IsAdmin));
        Assert.Equal(["cascade", "base"], entry.Models!);
        Assert.Equal(new DateTimeOffset(2027, 1, 31, 16, 0, 0, TimeSpan.Zero), entry.Expires);
    }

    [Fact]
    public void What_an_entry_does_not_say_is_allowed()
    {
        KeyEntry entry = Assert.Single(Read($$"""{"keys":[{"name":"alice","hash":"sha256:{{Hash}}"}]}"""));

        Assert.Equal((null, null, null), (entry.RequestsPerMinute, entry.TokensPerMinute, entry.Concurrency));
        Assert.True(entry.MayPin && entry.MayUse("cascade") && entry.MayUse("base"));
        Assert.False(entry.IsAdmin);
    }

    [Theory]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"$schema":"x","keys":[],} // nobody""")]
    public void A_file_may_have_no_keys_and_comments(string text) => Assert.Empty(Read(text));

    [Theory]
    [InlineData("\"requests_per_minutes\":1", "'keys[0].requests_per_minutes' is not a field of a key; did you mean 'requests_per_minute'?")]
    [InlineData("\"requests_per_minute\":0", "'keys[0].requests_per_minute' must be an integer from 1 to 1000000, not 0.")]
    [InlineData("\"tokens_per_minute\":\"many\"", "'keys[0].tokens_per_minute' must be an integer, not a string.")]
    [InlineData("\"concurrency\":1.5", "'keys[0].concurrency' must be an integer.")]
    [InlineData("\"priority\":\"high\"", "'keys[0].priority' must be normal or background.")]
    [InlineData("\"models\":[]", "'keys[0].models' must name at least one; leave it out to allow all.")]
    [InlineData("\"models\":[\"\"]", "'keys[0].models[0]' must not be empty.")]
    [InlineData("\"models\":\"base\"", "'keys[0].models' must be an array, not a string.")]
    [InlineData("\"may_pin\":\"no\"", "'keys[0].may_pin' must be true or false, not a string.")]
    [InlineData("\"may_pin\":false,\"models\":[\"base\"]", "'keys[0].may_pin' is false, so models must have 'cascade': this key could ask for nothing.")]
    [InlineData("\"expires\":\"31.1.2027\"", "'keys[0].expires' must be a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z.")]
    [InlineData("\"key\":\"sk-secret\"", "'keys[0].key' is not a field of a key")]
    public void A_wrong_field_is_named_with_what_it_must_be(string fields, string message) =>
        Assert.Equal($"The keys file {Path}: {message}", Refusal(Entry(fields)));

    [Theory]
    [InlineData("""{"keys":[{"hash":"sha256:HASH"}]}""", "'keys[0].name' is required.")]
    [InlineData("""{"keys":[{"name":"alice"}]}""", "'keys[0].hash' is required: 'cascade key new' makes a key and its hash.")]
    [InlineData("""{"keys":[{"name":"a b","hash":"sha256:HASH"}]}""", "'keys[0].name' must have 1 to 64 letters of ASCII, digits or . _ -.")]
    [InlineData("""{"keys":[{"name":"default-2","hash":"sha256:HASH"}]}""", "'keys[0].name' must not be 'default-2': the server calls keys of its own so.")]
    [InlineData("""{"keys":[{"name":"alice","hash":"sha256:HASH"},{"name":"alice","hash":"sha256:OTHER"}]}""", "'keys[1].name' is 'alice', as that of keys[0] is.")]
    [InlineData("""{"keys":[{"name":"alice","hash":"sha256:HASH"},{"name":"bob","hash":"SHA256:HASH"}]}""", "'keys[1].hash' is that of 'alice': a key has one name.")]
    [InlineData("{}", "'keys' is required.")]
    [InlineData("[]", "The document must be an object, not an array.")]
    [InlineData("""{"kays":[]}""", "'kays' is not a field of a file of keys; did you mean 'keys'?")]
    public void A_wrong_file_is_refused_with_the_reason(string text, string message)
    {
        text = text.Replace("HASH", Hash, StringComparison.Ordinal).Replace("OTHER", new string('b', 64), StringComparison.Ordinal);

        Assert.Equal($"The keys file {Path}: {message}", Refusal(text));
    }

    [Theory]
    [InlineData("sk-my-very-own-secret")]
    [InlineData("sha256:sk-my-very-own-secret")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    public void A_hash_that_is_none_is_not_repeated(string hash)
    {
        string message = Refusal($$"""{"keys":[{"name":"alice","hash":"{{hash}}"}]}""");

        Assert.Contains("never the key itself", message, StringComparison.Ordinal);
        Assert.DoesNotContain(hash, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"keys":[""")]
    [InlineData("""{"keys":[],"keys":[]}""")]
    [InlineData("not json")]
    public void Broken_JSON_is_refused(string text) => Assert.StartsWith($"The keys file {Path}: ", Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_missing_empty_a_folder_or_too_large_is_refused()
    {
        Assert.Equal($"The keys file {Path} does not exist; 'cascade key new' makes one.", Assert.Throws<ConfigurationException>(() => KeyFile.Read(Path)).Message);
        Assert.Equal($"The keys file {Path} is empty, or is no ordinary file.", Refusal(""));
        Assert.Equal($"The keys file {Path} is larger than 1048576 bytes.", Refusal(new string(' ', (1 << 20) + 1)));
        string folder = System.IO.Path.GetDirectoryName(Path)!;
        Assert.Equal($"The keys file {folder} is a folder.", Assert.Throws<ConfigurationException>(() => KeyFile.Read(folder)).Message);
        string entries = string.Join(',', Enumerable.Range(0, 1_001).Select(i => $$"""{"name":"k{{i}}","hash":"sha256:{{i:x64}}"}"""));
        Assert.Equal($"The keys file {Path}: 'keys' has 1001 keys; 1000 is the most.", Refusal($$"""{"keys":[{{entries}}]}"""));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_link_a_pipe_and_a_file_that_everybody_may_change_are_refused()
    {
        File.WriteAllText(Path, """{"keys":[]}""");
        string link = _folder.File("link.json");
        File.CreateSymbolicLink(link, Path);
        // A device has no length either, and need not be made.
        Assert.Equal("The keys file /dev/zero is empty, or is no ordinary file.", Assert.Throws<ConfigurationException>(() => KeyFile.Read("/dev/zero")).Message);
        Assert.Equal($"The keys file {link} is a symbolic link; name the file itself.", Assert.Throws<ConfigurationException>(() => KeyFile.Read(link)).Message);

        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.OtherWrite);

        Assert.Contains("may be changed by every user", Assert.Throws<ConfigurationException>(() => KeyFile.Read(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_again_and_the_file_is_its_owners_alone()
    {
        KeyEntry alice = Assert.Single(Read(Entry("\"requests_per_minute\":60,\"priority\":\"background\",\"models\":[\"*\"],\"expires\":\"2027-01-31\"")));
        KeyEntry bob = new() { Name = "bob", Hash = new string('B', 64), TokensPerMinute = 5, Concurrency = 1, MayPin = false, IsAdmin = true };
        File.Delete(Path);

        KeyFile.Update(Path, _ => [alice]);
        KeyFile.Update(Path, keys => [.. keys, bob]);

        Assert.Equal([alice with { Models = null }, bob], KeyFile.Read(Path).Select(key => key with { Models = null }));
        Assert.Equal(["*"], KeyFile.Read(Path)[0].Models!);
        Assert.Equal(["keys.json"], _folder.Files);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_that_is_changed_keeps_the_mode_it_was_given()
    {
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        KeyFile.Update(Path, _ => []);
        File.SetUnixFileMode(Path, Shared);

        KeyFile.Update(Path, keys => keys);

        Assert.Equal(Shared, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_change_that_fails_leaves_the_file_as_it_was()
    {
        const string Text = """{"keys":[]}""";
        File.WriteAllText(Path, Text);

        Assert.Throws<InvalidOperationException>(() => KeyFile.Update(Path, _ => throw new InvalidOperationException()));
        Assert.Throws<ConfigurationException>(() => KeyFile.Update(Path, _ => [new KeyEntry { Name = "no hash" }]));

        Assert.Equal((Text, "keys.json"), (File.ReadAllText(Path), Assert.Single(_folder.Files)));
    }

    [Fact]
    public void Two_that_change_it_at_once_do_not_lose_each_others_keys()
    {
        IOException? second = null;
        KeyFile.Update(Path, keys =>
        {
            second = Assert.Throws<IOException>(() => KeyFile.Update(Path, _ => []));
            return [.. keys, new KeyEntry { Name = "alice", Hash = Hash }];
        });

        Assert.Contains("another command is changing the keys", second!.Message, StringComparison.Ordinal);
        Assert.Equal("alice", Assert.Single(KeyFile.Read(Path)).Name);
    }
}
