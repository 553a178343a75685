using System.Net;

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
        Assert.Equal((3, 2, 1), (options.Members[0].Model.Parallel, options.Members[0].Model.Threads, options.Members[0].Model.ContextLength));
    }

    [Fact]
    public void A_members_own_setting_wins_over_the_files_but_not_over_the_environment()
    {
        Settings file = Pool(new MemberSettings { Path = "a.gguf", Engine = new() { Parallel = 5, Threads = 5 }, Sampling = new() { TopK = 5 } })
            with
        { Engine = new() { Parallel = 1, Threads = 1 }, Sampling = new() { TopK = 1, TopP = 0.5f } };

        ServerOptions options = OptionsResolver.Resolve(file, new() { Engine = new() { Threads = 2 } }, Nothing, []);

        Assert.Equal((5, 2), (options.Members[0].Model.Parallel, options.Members[0].Model.Threads));
        Assert.Equal((5, 0.5f), (options.Members[0].Sampling.TopK, options.Members[0].Sampling.TopP));
    }

    [Fact]
    public void Without_a_pool_the_shipped_tier_is_served()
    {
        ServerOptions options = OptionsResolver.Resolve(Nothing, Nothing, Nothing, ["/t/nano.gguf", "/t/small v2.gguf"]);

        Assert.Equal(["nano", "small-v2"], options.Members.Select(m => m.Name));
        Assert.Equal((IPAddress.Loopback, 8080), (options.Address, options.Port));
    }

    [Fact]
    public void Models_of_the_command_line_replace_the_configured_pool()
    {
        ServerOptions options = OptionsResolver.Resolve(
            Pool(new MemberSettings { Path = "a.gguf" }), Nothing, Pool(new MemberSettings { Path = "b.gguf" }), ["c.gguf"]);

        Assert.Equal("b", Assert.Single(options.Members).Name);
    }

    [Theory]
    [InlineData("cascade")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("größe")]
    [InlineData("")]
    public void A_name_that_cannot_travel_is_refused(string name) => Assert.Throws<ConfigurationException>(() =>
        OptionsResolver.Resolve(Pool(new MemberSettings { Name = name, Path = "a.gguf" }), Nothing, Nothing, []));

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
