using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>A change of the model behind an address, or of what it tells, is seen and named.</summary>
public sealed class IdentityTests
{
    [Fact(Timeout = Remote.Deadline)]
    public async Task A_restart_and_another_address_change_nothing()
    {
        await using ScriptedEndpoint one = new();
        await using ScriptedEndpoint other = new()
        {
            List = exchange => exchange.JsonAsync(200, ScriptedEndpoint.Models
                .Replace("\"created\":1", "\"created\":99,\"permission\":[{\"id\":\"modelperm-77\"}],\"status\":\"idle\"", StringComparison.Ordinal)),
        };
        using RemoteMember before = await one.ConnectAsync();
        using RemoteMember after = await other.ConnectAsync();
        Assert.Equal(before.Identity.Fingerprint, after.Identity.Fingerprint);
        Assert.Matches("^[0-9a-f]{64}$", after.Identity.Fingerprint);
        Assert.Null((await after.CheckIdentityAsync(Remote.Token)).Changed);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("\"root\":\"org/model\"", "\"root\":\"org/model-v2\"", "root was 'org/model' and is 'org/model-v2'")]
    [InlineData("\"max_model_len\":4096", "\"max_model_len\":8192", "max_model_len was '4096' and is '8192'")]
    [InlineData("\"owned_by\":\"vllm\",", "", "owned_by was 'vllm' and is not told")]
    [InlineData("\"created\":1", "\"created\":1,\"meta\":{\"n_params\":7}", "meta.n_params was not told and is '7'")]
    [InlineData("\"id\":\"org/model\"", "\"id\":\"\\u001b[31mevil\"", "id was 'org/model' and is '[31mevil'")]
    public async Task What_the_endpoint_says_of_the_model_is_its_identity(string told, string instead, string reason)
    {
        LogKeeper log = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(logger: log);
        RemoteIdentity before = member.Identity;
        endpoint.List = exchange => exchange.JsonAsync(200, ScriptedEndpoint.Models.Replace(told, instead, StringComparison.Ordinal));
        RemoteIdentity after = await member.CheckIdentityAsync(Remote.Token);
        Assert.NotEqual(before.Fingerprint, after.Fingerprint);
        Assert.Equal($"What its endpoint says of the model has changed: {reason}.", after.Changed);
        Assert.Equal(after, member.Identity);
        Assert.Contains(log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
        Assert.NotNull(after.DiffersFrom(before.Fingerprint, before.Signals));

        endpoint.List = exchange => exchange.JsonAsync(200, ScriptedEndpoint.Models);
        Assert.Null((await member.CheckIdentityAsync(Remote.Token)).Changed);
        Assert.Equal(before.Fingerprint, member.Identity.Fingerprint);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task The_configured_name_is_part_of_it()
    {
        await using ScriptedEndpoint endpoint = new() { List = exchange => exchange.JsonAsync(404, "") };
        using RemoteMember one = await endpoint.ConnectAsync();
        using RemoteMember other = await endpoint.ConnectAsync(options => options with { Model = "other" });
        Assert.NotEqual(one.Identity.Fingerprint, other.Identity.Fingerprint);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(500)]
    [InlineData(401)]
    [InlineData(302)]
    public async Task An_endpoint_that_cannot_be_asked_has_not_changed(int status)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        RemoteIdentity before = member.Identity;
        endpoint.List = exchange => exchange.JsonAsync(status, "{}", "Location: http://127.0.0.1:1/\r\n");
        Assert.Equal(before, await member.CheckIdentityAsync(Remote.Token));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Signals_that_no_longer_come_are_named_and_forgotten_when_they_come_again()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Text("Hi"));
            await exchange.EventAsync(Wire.Finish());
            await exchange.DoneAsync();
        };
        await member.ReadAsync();
        Assert.Equal("Its endpoint tells other signals than when it was connected: None and not TopCandidates.", member.Identity.Changed);
        Assert.Equal(SignalKind.None, member.Identity.Signals);
        Assert.NotNull(member.Identity.DiffersFrom(member.Identity.Fingerprint, SignalKind.TopCandidates));
        Assert.NotNull((await member.CheckIdentityAsync(Remote.Token)).Changed);

        endpoint.Chat = Wire.AnswerWell;
        await member.ReadAsync();
        Assert.Null(member.Identity.Changed);
        Assert.Null(member.Identity.DiffersFrom(member.Identity.Fingerprint, SignalKind.TopCandidates));
    }
}
