using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>The quick version of <see cref="EndToEnd.FuzzRunTests"/>, on members that answer at once.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Bodies = 300;

    [Fact]
    public async Task Bodies_made_of_the_document_are_answered_or_refused_by_name()
    {
        // Members that are scripted have no tokens of their own, and there is no encoder.
        await using TestServer server = await TestServer.StartAsync(options => options with { LoadEmbedder = () => new LetterEmbedder() });
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);
        FuzzJudge judge = new(document, server.Client, "no_model_ready", "messages");
        BodyMaker maker = new(document, seed: 17);

        List<string> faults = [];
        for (int i = 0; i < Bodies; i++)
        {
            (_, string? fault) = await judge.SendAsync(maker.Next(), TestContext.Current.CancellationToken);
            if (fault is not null)
                faults.Add(fault);
        }

        output.WriteLine(string.Join('\n', faults));
        Assert.Empty(faults);
    }
}
