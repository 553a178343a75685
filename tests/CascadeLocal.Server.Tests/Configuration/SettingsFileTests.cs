using System.Text;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
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
              "host": "0.0.0.0", "port": 1, "api_keys": ["a"], "keys_file": "keys.json", "native_library": "llama/libllama.so", "allowed_hosts": ["b"], "cors_origins": ["https://c"],
              "body_limit": 2000, "drain_seconds": 3, "prefix_cache_mb": 8, "prefix_cache_dir": "prefixes", "ctx": 4, "parallel": 5, "max_queue": 6, "sampling": {"top_k": -1},
              "pool": [{"name": "x", "path": "models/x.gguf", "threads": 7, "prefill_slowdown": 1.5, "kv_layout": "unified", "sampling": {"temperature": 0}, "drafter": "models/w.gguf"}, {"path": "/y.gguf", "drafter": "lookup"},],
            }
            """);

        Assert.Equal(("0.0.0.0", 1, 2000, 3), (settings.Host, settings.Port, settings.BodyLimit, settings.DrainSeconds));
        Assert.Equal((8, "/etc/cascade/prefixes"), (settings.PrefixCacheMegabytes, settings.PrefixCacheFolder));
        Assert.Equal((4, 5, 6), (settings.Engine.ContextLength, settings.Engine.Parallel, settings.Engine.MaxQueue));
        Assert.Equal(["a", "b", "https://c"], [settings.ApiKeys![0], settings.AllowedHosts![0], settings.CorsOrigins![0]]);
        Assert.Equal(("/etc/cascade/keys.json", "/etc/cascade/llama/libllama.so"), (settings.KeysFile, settings.NativeLibrary));
        Assert.Equal(1.5, settings.Pool![0].Engine.PrefillSlowdown);
        Assert.Equal(new DraftingOptions(new ModelOptions { Path = "/etc/cascade/models/w.gguf" }), settings.Pool[0].Drafting);
        Assert.Equal(DraftingOptions.Lookup, settings.Pool[1].Drafting);
        Assert.Equal(0, settings.Sampling.TopK);
        Assert.Equal(["/etc/cascade/models/x.gguf", "/y.gguf"], settings.Pool!.Select(m => m.Path));
        Assert.Equal((7, KvLayout.Unified, 0f), (settings.Pool![0].Engine.Threads, settings.Pool[0].Engine.KvLayout, settings.Pool[0].Sampling.Temperature));
    }

    [Fact]
    public void A_member_elsewhere_is_read_and_its_key_file_is_relative_to_the_file()
    {
        MemberSettings member = Parse(
            """{"pool": [{"name": "far", "url": "http://b/v1", "model": "m", "api_key_file": "key", "ctx": 4, "parallel": 5, "connect_seconds": 1.5, "silence_seconds": 6}]}""").Pool![0];

        Assert.Equal(("far", "http://b/v1", "m", "/etc/cascade/key"), (member.Name, member.Url, member.RemoteModel, member.ApiKeyFile));
        Assert.Equal((4, 5), (member.Engine.ContextLength, member.Engine.Parallel));
        Assert.Equal((TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(6)), (member.ConnectTimeout, member.SilenceTimeout));
    }

    [Theory]
    [InlineData("""{"prot": 1}""", "'prot' is not a known setting; did you mean 'port'?")]
    [InlineData("""{"pool": [{"path": "a", "paralel": 1}]}""", "'pool[0].paralel' is not a known setting; did you mean 'parallel'?")]
    [InlineData("""{"sampling": {"temprature": 1}}""", "'sampling.temprature' is not a known setting; did you mean 'temperature'?")]
    [InlineData("""{"quite_different": 1}""", "'quite_different' is not a known setting")]
    [InlineData("""{"port": 65536}""", "'port' must be an integer from 0 to 65535, not 65536.")]
    [InlineData("""{"prefill_slowdown": 1}""", "'prefill_slowdown' must be above 1 and at most 1000.")]
    [InlineData("""{"port": "80"}""", "'port' must be an integer, not a string.")]
    [InlineData("""{"pool": [{"name": "a"}]}""", "'pool[0].path' is required.")]
    [InlineData("""{"pool": [{"path": "a", "kv_layout": "round"}]}""", "'pool[0].kv_layout' must be auto, streams or unified.")]
    [InlineData("""{"api_keys": [""]}""", "'api_keys[0]' must not be empty.")]
    [InlineData("""{"pool": [{"url": "http://b/v1", "model": "m"}]}""", "'pool[0].name' is required beside a url.")]
    [InlineData("""{"pool": [{"name": "a", "url": "http://b/v1"}]}""", "'pool[0].model' is required beside a url.")]
    [InlineData("""{"pool": [{"name": "a", "url": "http://b/v1", "model": "m", "path": "c"}]}""", "'pool[0].path' and url cannot both be given: a member is a file or an endpoint.")]
    [InlineData("""{"pool": [{"name": "a", "url": "http://b/v1", "model": "m", "threads": 1}]}""", "'pool[0].threads' is for members with a path; an endpoint has settings of its own.")]
    [InlineData("""{"pool": [{"name": "a", "url": "http://b/v1", "model": "m", "api_key_env": "K", "api_key_file": "k"}]}""", "'pool[0].api_key_file' and api_key_env cannot both be given.")]
    [InlineData("""{"pool": [{"path": "a", "model": "m"}]}""", "'pool[0].model' is for members with a url.")]
    [InlineData("""{"pool": [{"path": "a", "api_key_env": "K"}]}""", "'pool[0].api_key_env' is for members with a url.")]
    [InlineData("""{"pool": [{"path": "a", "price": {"input": 1}}]}""", "'pool[0].price.output' is required: prices are per million tokens, of prompt and answer.")]
    [InlineData("""{"policy": "a\u0000b"}""", "'policy' must not hold the character U+0000.")]
    [InlineData("""{"encoder": "a\u0000b"}""", "'encoder' must not hold the character U+0000.")]
    [InlineData("""{"decision_log": "a\u0000b"}""", "'decision_log' must not hold the character U+0000.")]
    [InlineData("""{"decision_log": {"path": "a\u0000b"}}""", "'decision_log.path' must not hold the character U+0000.")]
    [InlineData("""{"pool": [{"path": "a\u0000b"}]}""", "'pool[0].path' must not hold the character U+0000.")]
    [InlineData("""{"pool": [{"path": "a", "lora": [{"path": "a\u0000b"}]}]}""", "'pool[0].lora[0].path' must not hold the character U+0000.")]
    [InlineData("""{"allowed_hosts": ["llm.example.com:8080"]}""", "'allowed_hosts[0]' must be a host's name alone, without scheme, port or path.")]
    [InlineData("""{"allowed_hosts": ["a", "https://b"]}""", "'allowed_hosts[1]' must be a host's name alone, without scheme, port or path.")]
    [InlineData("""{"allowed_hosts": ["fe80::1"]}""", "'allowed_hosts[0]' must be a host's name alone, without scheme, port or path.")]
    [InlineData("""{"cors_origins": ["https://app.example.com/"]}""", "'cors_origins[0]' must be as browsers send it: https://app.example.com.")]
    [InlineData("""{"cors_origins": ["https://app.example.com:443"]}""", "'cors_origins[0]' must be as browsers send it: https://app.example.com.")]
    [InlineData("""{"cors_origins": ["app.example.com"]}""", "'cors_origins[0]' must be *, null or an origin such as https://app.example.com.")]
    [InlineData("[]", "The document must be an object, not an array.")]
    public void A_mistake_is_named_with_the_file(string json, string message)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Parse(json));

        Assert.Equal($"/etc/cascade/cascade.json: {message}", error.Message);
    }

    [Fact]
    public void Hosts_and_origins_are_taken_as_they_come_in_requests()
    {
        string[] hosts = ["*", "box", "llm.example.com", "10.0.0.1", "[fe80::1]", "a_b"];
        string[] origins = ["*", "null", "https://app.example.com", "http://LOCALHOST:3000", "http://[::1]:3000", "chrome-extension://abcdef", "tauri://localhost"];

        Settings settings = Parse($"{{\"allowed_hosts\": [{string.Join(',', hosts.Select(h => $"\"{h}\""))}], \"cors_origins\": [{string.Join(',', origins.Select(o => $"\"{o}\""))}]}}");

        Assert.Equal(hosts, settings.AllowedHosts);
        Assert.Equal(origins, settings.CorsOrigins);
    }

    [Fact]
    public void A_file_that_is_no_json_is_named() =>
        Assert.StartsWith("/etc/cascade/cascade.json: ", Assert.Throws<ConfigurationException>(() => Parse("{")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_no_json_is_told_line_and_column_counted_from_one() => Assert.EndsWith(
        " (line 3, column 2).",
        Assert.Throws<ConfigurationException>(() => Parse("{\n \"port\": 1\n \"address\": \"x\"}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.StartsWith("/nowhere.json cannot be read: ", Assert.Throws<ConfigurationException>(() => SettingsFile.Read("/nowhere.json")).Message, StringComparison.Ordinal);
}
