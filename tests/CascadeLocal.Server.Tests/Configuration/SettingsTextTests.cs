using System.Text.Json;

using CascadeLocal.Server.Configuration;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

public sealed class SettingsTextTests
{
    [Fact]
    public void The_environment_sets_every_plain_key()
    {
        Dictionary<string, string> variables = new()
        {
            ["CASCADE_PORT"] = "81",
            ["CASCADE_HOST"] = "::1",
            ["CASCADE_API_KEY"] = "1, b",
            ["CASCADE_KEYS_FILE"] = "keys.json",
            ["CASCADE_GPU_LAYERS"] = "-1",
            ["CASCADE_CTX"] = "",
            ["CASCADE_PREFILL_SLOWDOWN"] = "2.25",
            ["CASCADE_LLAMA"] = "libllama.so",
        };

        Settings settings = SettingsText.FromEnvironment(variables.GetValueOrDefault);

        Assert.Equal((81, "::1", -1, null), (settings.Port, settings.Host, settings.Engine.GpuLayers, settings.Engine.ContextLength));
        Assert.Equal(["1", "b"], settings.ApiKeys);
        Assert.Equal(("keys.json", 2.25, "libllama.so"), (settings.KeysFile, settings.Engine.PrefillSlowdown, settings.NativeLibrary));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(" , ")]
    public void A_list_of_keys_that_holds_none_is_refused_and_leaves_no_server_open(string text) => Assert.Equal(
        "'--api-key' must not be empty.",
        Assert.Throws<ConfigurationException>(() => SettingsText.With(new Settings(), "api_keys", text, "--api-key")).Message);

    public static TheoryData<string> Texts
    {
        get
        {
            using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cascade.schema.json")));
            JsonElement keys = schema.RootElement.GetProperty("properties");
            return [.. SettingsText.Keys.Where(key => !keys.GetProperty(key).TryGetProperty("enum", out _)
                && keys.GetProperty(key).TryGetProperty("type", out JsonElement type)
                && type.ToString().Contains("string", StringComparison.Ordinal)), "decision_log"];
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_of_digits_is_text(string key) => SettingsText.With(new Settings(), key, "12345678", "--flag");

    [Fact]
    public void A_mistyped_variable_is_refused_and_those_of_others_are_not()
    {
        HashSet<string> keys = ["CASCADE_OF_THE_REMOTE"];
        SettingsText.CheckNames(["PATH", "CASCADE_API_KEY", "CASCADE_CTX", "CASCADE_TEST_MODELS", "CASCADE_DATA", "CASCADE_OF_THE_REMOTE", "cascade_x"], keys);

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => SettingsText.CheckNames(["CASCADE_API_KEYS"], keys));

        Assert.Equal("The environment variable CASCADE_API_KEYS is no setting; did you mean CASCADE_API_KEY?", error.Message);
        Assert.Throws<ConfigurationException>(() => SettingsText.CheckNames(["CASCADE_XYZZY"], keys));
    }

    [Theory]
    [InlineData("CASCADE_API_KEY")]
    [InlineData("CASCADE_KEYS_FILE")]
    [InlineData("CASCADE_ADMIN_KEY")]
    public void An_empty_variable_leaves_no_server_open(string variable) => Assert.Equal(
        $"'{variable}' must not be empty.",
        Assert.Throws<ConfigurationException>(() => SettingsText.FromEnvironment(name => name == variable ? "" : null)).Message);

    [Fact]
    public void What_Kubernetes_sets_for_services_is_no_setting()
    {
        Dictionary<string, string> variables = new()
        {
            ["CASCADE_SERVICE_HOST"] = "10.0.0.1",
            ["CASCADE_SERVICE_PORT"] = "8080",
            ["CASCADE_SERVICE_PORT_HTTP"] = "8080",
            ["CASCADE_PORT"] = "tcp://10.0.0.1:8080",
            ["CASCADE_PORT_8080_TCP"] = "tcp://10.0.0.1:8080",
            ["CASCADE_PORT_8080_TCP_ADDR"] = "10.0.0.1",
            ["CASCADE_LARGE_SERVICE_HOST"] = "10.0.0.2",
            ["CASCADE_LARGE_PORT"] = "tcp://10.0.0.2:8080",
            ["CASCADE_LARGE_PORT_8080_TCP_PROTO"] = "tcp",
        };

        SettingsText.CheckNames(variables.Keys, new HashSet<string>());
        Assert.Null(SettingsText.FromEnvironment(variables.GetValueOrDefault).Port);
        foreach (string typo in (string[])["CASCADE_PORTS", "CASCADE_SMALL_PORT", "CASCADE_SERVICES"])
            Assert.Throws<ConfigurationException>(() => SettingsText.CheckNames([.. variables.Keys, typo], new HashSet<string>()));
    }

    [Fact]
    public void A_wrong_variable_is_named()
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(
            () => SettingsText.FromEnvironment(name => name == "CASCADE_PARALLEL" ? "65" : null));

        Assert.Equal("'CASCADE_PARALLEL' must be an integer from 1 to 64, not 65.", error.Message);
    }
}
