using System.Text.Json;
using System.Threading.Channels;

namespace CascadeLocal.Server.Dashboard;

/// <summary>One reader of the feed. A reader that lags too far behind is dropped; it can come back and begin anew.</summary>
internal sealed class Subscription
{
    private const int Capacity = 512;

    private readonly Channel<Action<Utf8JsonWriter>> _events =
        Channel.CreateBounded<Action<Utf8JsonWriter>>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    /// <summary>The events, each as what writes it; ends when the reader is dropped or the server stops.</summary>
    public ChannelReader<Action<Utf8JsonWriter>> Events => _events.Reader;

    public void Publish(Action<Utf8JsonWriter> write)
    {
        if (!_events.Writer.TryWrite(write))
            Complete();
    }

    public void Complete() => _events.Writer.TryComplete();
}
