using System.Net;
using System.Net.Sockets;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Configuration;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

public sealed class OptionsResolverTests
{
    private static readonly Settings Nothing = new();

    private static Settings Pool(params MemberSettings[] members) => new() { Pool = members };

    [Fact]
    public void Flags_win_over_the_environment_and_that_over_the_file()
    {
        Settings file = new() { Port = 1, BodyLimit = 1, DrainSeconds = 1, Engine = new() { Parallel = 1, Threads = 1, ContextLength = 1 } };
        Settings environment = new() { Port = 2, BodyLimit = 2, Engine = new() { Parallel = 2, Threads = 2 } };
        Settings flags = new() { Port = 3, Engine = new() { Parallel = 3 } };

        ServerOptions options = OptionsResolver.Resolve(file, environment, flags, ["a.gguf"]);

        Assert.Equal((3, 2, TimeSpan.FromSeconds(1)), (options.Port, options.BodyLimit, options.DrainTimeout));
        Assert.Equal((3, 2, 1), (options.Members[0].Model!.Parallel, options.Members[0].Model!.Threads, options.Members[0].Model!.ContextLength));
    }

    [Fact]
    public void A_members_own_setting_wins_over_the_files_but_not_over_the_environment()
    {
        Settings file = Pool(new MemberSettings { Path = "a.gguf", Engine = new() { Parallel = 5, Threads = 5 }, Sampling = new() { TopK = 5 } })
            with
        { Engine = new() { Parallel = 1, Threads = 1 }, Sampling = new() { TopK = 1, TopP = 0.5f } };

        ServerOptions options = OptionsResolver.Resolve(file, new() { Engine = new() { Threads = 2 } }, Nothing, []);

        Assert.Equal((5, 2), (options.Members[0].Model!.Parallel, options.Members[0].Model!.Threads));
        Assert.Equal((5, 0.5f), (options.Members[0].Model!.Sampling.TopK, options.Members[0].Model!.Sampling.TopP));
    }

    [Fact]
    public void Without_a_pool_the_shipped_tier_is_served()
    {
        ServerOptions options = OptionsResolver.Resolve(Nothing, Nothing, Nothing, ["/t/nano.gguf", "/t/small v2.gguf"]);

        Assert.Equal(["nano", "small-v2"], options.Members.Select(m => m.Name));
        Assert.Equal((IPAddress.Loopback, 8080), (options.Address, options.Port));
    }

    [Fact]
    public void A_star_is_every_address_of_both_kinds() => Assert.Equal(
        Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any,
        OptionsResolver.Resolve(new() { Host = "*" }, Nothing, Nothing, ["a.gguf"]).Address);

    [Fact]
    public void Models_of_the_command_line_replace_the_configured_pool()
    {
        ServerOptions options = OptionsResolver.Resolve(
            Pool(new MemberSettings { Path = "a.gguf" }), Nothing, Pool(new MemberSettings { Path = "b.gguf" }), ["c.gguf"]);

        Assert.Equal("b", Assert.Single(options.Members).Name);
    }

    [Fact]
    public void Endpoints_of_the_command_line_join_whatever_is_served()
    {
        MemberSettings far = new() { Name = "far", Url = "http://b/v1", RemoteModel = "m" };

        foreach (Settings file in (Settings[])[Nothing, Pool(new MemberSettings { Path = "a.gguf" })])
        {
            ServerOptions options = OptionsResolver.Resolve(file, Nothing, Nothing with { Endpoints = [far] }, ["a.gguf"]);

            Assert.Equal(["a", "far"], options.Members.Select(m => m.Name));
            Assert.Equal(("http://b/v1", "m", null), (options.Members[1].Remote!.Url, options.Members[1].Remote!.Model, options.Members[1].Remote!.ApiKey));
        }
    }

    [Theory]
    [InlineData("not an address", null, null, "'far': The url of the remote member is not an absolute http or https address.")]
    [InlineData("http://b/v1", "CASCADE_TEST_NO_SUCH_KEY", null, "'far' takes its key from the variable CASCADE_TEST_NO_SUCH_KEY, which is not set.")]
    [InlineData("http://b/v1", null, "/nowhere/key", "The key file of 'far' cannot be read: ")]
    public void A_member_elsewhere_that_cannot_be_is_named_with_the_reason(string url, string? variable, string? file, string message)
    {
        MemberSettings far = new() { Name = "far", Url = url, RemoteModel = "m", ApiKeyVariable = variable, ApiKeyFile = file };

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => OptionsResolver.Resolve(Pool(far), Nothing, Nothing, []));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_for_prefixes_needs_memory_for_them()
    {
        Settings file = Pool(new MemberSettings { Path = "a.gguf" }) with { PrefixCacheFolder = "/prefixes", PrefixCacheMegabytes = 0 };

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => OptionsResolver.Resolve(file, Nothing, Nothing, []));

        Assert.Equal("prefix_cache_dir needs memory: prefix_cache_mb is 0, which keeps no prefixes.", error.Message);
        Assert.Equal("/prefixes", OptionsResolver.Resolve(file, Nothing with { PrefixCacheMegabytes = 8 }, Nothing, []).PrefixCacheFolder);
    }

    [Theory]
    [InlineData("cascade")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("half½")]
    [InlineData("emoji😀")]
    [InlineData("\ud800")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/.")]
    [InlineData("")]
    public void A_name_that_cannot_travel_is_refused(string name) => Assert.Throws<ConfigurationException>(() =>
        OptionsResolver.Resolve(Pool(new MemberSettings { Name = name, Path = "a.gguf" }), Nothing, Nothing, []));

    [Theory]
    [InlineData("größe")]
    [InlineData("模型")]
    [InlineData("मॉडल")]
    [InlineData("org/name:v1.5")]
    [InlineData("a..b")]
    public void Letters_of_all_scripts_make_a_name(string name) =>
        Assert.Equal(name, Assert.Single(OptionsResolver.Resolve(Pool(new MemberSettings { Name = name, Path = "a.gguf" }), Nothing, Nothing, []).Members).Name);

    [Fact]
    public void A_model_is_called_after_its_file_and_keeps_its_letters()
    {
        string[] files = ["/m/模型.gguf", "/m/测试.gguf", "/m/small v2.gguf", "/m/large-00001-of-00003.gguf", "/m/large-00001-of-00003 copy.gguf"];

        Assert.Equal(
            ["模型", "测试", "small-v2", "large", "large-00001-of-00003-copy"],
            OptionsResolver.Resolve(Nothing, Nothing, Nothing, files).Members.Select(m => m.Name));
    }

    [Fact]
    public void Adapters_belong_to_their_entry_alone()
    {
        Settings file = Pool(new MemberSettings { Path = "a.gguf", Lora = [new("x.gguf", 0.5f)] }, new MemberSettings { Path = "b.gguf" })
            with
        { Engine = new() { KvType = KvType.Q8 } };

        IReadOnlyList<MemberOptions> members = OptionsResolver.Resolve(file, Nothing, Nothing, []).Members;

        Assert.Equal([new LoraOptions("x.gguf", 0.5f)], members[0].Model!.Lora);
        Assert.Empty(members[1].Model!.Lora);
        Assert.All(members, member => Assert.Equal(KvType.Q8, member.Model!.KvType));
    }

    [Fact]
    public void Two_models_of_one_name_are_refused() => Assert.Throws<ConfigurationException>(() =>
        OptionsResolver.Resolve(Pool(new MemberSettings { Path = "x/a.gguf" }, new MemberSettings { Path = "y/a.gguf" }), Nothing, Nothing, []));

    [Fact]
    public void No_model_at_all_is_refused() =>
        Assert.Throws<ConfigurationException>(() => OptionsResolver.Resolve(Nothing, Nothing, Nothing, []));

    [Fact]
    public void A_host_that_is_no_address_is_refused() => Assert.Throws<ConfigurationException>(() =>
        OptionsResolver.Resolve(Nothing, Nothing, new() { Host = "example.org" }, ["a.gguf"]));
}
