using System.Text;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Server.Configuration;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

public sealed class SettingsFileTests
{
    private static Settings Parse(string json) => SettingsFile.Parse(Encoding.UTF8.GetBytes(json), "/etc/cascade/cascade.json");

    [Fact]
    public void Every_setting_is_read_and_paths_are_relative_to_the_file()
    {
        Settings settings = Parse(
            """
            {
              // A comment, and a comma too many.
              "host": "0.0.0.0", "port": 1, "api_keys": ["a"], "allowed_hosts": ["b"], "cors_origins": ["c"],
              "body_limit": 2000, "drain_seconds": 3, "ctx": 4, "parallel": 5, "max_queue": 6, "sampling": {"top_k": -1},
              "pool": [{"name": "x", "path": "models/x.gguf", "threads": 7, "kv_layout": "unified", "sampling": {"temperature": 0}}, {"path": "/y.gguf"},],
            }
            """);

        Assert.Equal(("0.0.0.0", 1, 2000, 3), (settings.Host, settings.Port, settings.BodyLimit, settings.DrainSeconds));
        Assert.Equal((4, 5, 6), (settings.Engine.ContextLength, settings.Engine.Parallel, settings.Engine.MaxQueue));
        Assert.Equal(["a", "b", "c"], [settings.ApiKeys![0], settings.AllowedHosts![0], settings.CorsOrigins![0]]);
        Assert.Equal(0, settings.Sampling.TopK);
        Assert.Equal(["/etc/cascade/models/x.gguf", "/y.gguf"], settings.Pool!.Select(m => m.Path));
        Assert.Equal((7, KvLayout.Unified, 0f), (settings.Pool![0].Engine.Threads, settings.Pool[0].Engine.KvLayout, settings.Pool[0].Sampling.Temperature));
    }

    [Theory]
    [InlineData("""{"prot": 1}""", "'prot' is not a known setting; did you mean 'port'?")]
    [InlineData("""{"pool": [{"path": "a", "paralel": 1}]}""", "'pool[0].paralel' is not a known setting; did you mean 'parallel'?")]
    [InlineData("""{"sampling": {"temprature": 1}}""", "'sampling.temprature' is not a known setting; did you mean 'temperature'?")]
    [InlineData("""{"quite_different": 1}""", "'quite_different' is not a known setting")]
    [InlineData("""{"port": 65536}""", "'port' must be an integer from 0 to 65535, not 65536.")]
    [InlineData("""{"port": "80"}""", "'port' must be an integer, not a string.")]
    [InlineData("""{"pool": [{"name": "a"}]}""", "'pool[0].path' is required.")]
    [InlineData("""{"pool": [{"path": "a", "kv_layout": "round"}]}""", "'pool[0].kv_layout' must be auto, streams or unified.")]
    [InlineData("""{"api_keys": [""]}""", "'api_keys[0]' must not be empty.")]
    [InlineData("[]", "The document must be an object, not an array.")]
    public void A_mistake_is_named_with_the_file(string json, string message)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Parse(json));

        Assert.Equal($"/etc/cascade/cascade.json: {message}", error.Message);
    }

    [Fact]
    public void A_file_that_is_no_json_is_named() =>
        Assert.StartsWith("/etc/cascade/cascade.json: ", Assert.Throws<ConfigurationException>(() => Parse("{")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.StartsWith("/nowhere.json cannot be read: ", Assert.Throws<ConfigurationException>(() => SettingsFile.Read("/nowhere.json")).Message, StringComparison.Ordinal);
}
