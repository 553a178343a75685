using System.Text.Json;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Decisions;

public sealed class LineWriterTests
{
    [Fact]
    public async Task What_was_queued_is_written_before_it_closes()
    {
        using FlakyDisk disk = new();
        LineWriter writer = Writer(disk);
        for (int i = 0; i < 1_000; i++)
            Assert.True(writer.TryWrite(new Line(i)));

        await writer.DisposeAsync();

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"[{i}]"), Lines(disk));
        Assert.Equal(0, writer.Dropped);
        Assert.False(writer.TryWrite(new Line(0)));
    }

    [Fact]
    public async Task A_full_disk_costs_the_lines_of_that_time_and_nothing_else()
    {
        using FlakyDisk disk = new() { Room = 6 };
        LineWriter writer = Writer(disk);
        Assert.True(writer.TryWrite(new Line(100)));
        await Wait.UntilAsync(() => disk.Room == 0);
        Assert.True(writer.TryWrite(new Line(200)));
        await Wait.UntilAsync(() => writer.Dropped == 1);
        disk.Room = null;
        Assert.True(writer.TryWrite(new Line(300)));
        await writer.DisposeAsync();

        Assert.Equal(["[100]", "[300]"], Lines(disk));
        Assert.Equal(1, writer.Dropped);
    }

    [Fact]
    public async Task A_line_that_found_only_half_its_room_does_not_spoil_the_next()
    {
        using FlakyDisk disk = new() { Room = 3 };
        LineWriter writer = Writer(disk);
        Assert.True(writer.TryWrite(new Line(100)));
        await Wait.UntilAsync(() => writer.Dropped == 1);
        disk.Room = null;
        Assert.True(writer.TryWrite(new Line(200)));
        await writer.DisposeAsync();

        Assert.Equal(["[10", "[200]"], Lines(disk));
    }

    [Fact]
    public async Task Lines_that_come_faster_than_the_disk_are_dropped_and_counted()
    {
        TaskCompletionSource gate = new();
        using FlakyDisk disk = new() { Gate = gate.Task };
        LineWriter writer = Writer(disk, capacity: 2);
        Assert.True(writer.TryWrite(new Line(0)));
        await disk.Writing.Task;

        bool[] queued = [.. Enumerable.Range(1, 5).Select(i => writer.TryWrite(new Line(i)))];
        gate.SetResult();
        await writer.DisposeAsync();

        Assert.Equal([true, true, false, false, false], queued);
        Assert.Equal(3, writer.Dropped);
        Assert.Equal(["[0]", "[1]", "[2]"], Lines(disk));
    }

    [Fact]
    public async Task Lines_that_leave_half_of_the_queue_cost_no_others()
    {
        TaskCompletionSource gate = new();
        using FlakyDisk disk = new() { Gate = gate.Task };
        LineWriter writer = Writer(disk, capacity: 4);
        Assert.True(writer.TryWrite(new Line(0)));
        await disk.Writing.Task;

        bool[] many = [.. Enumerable.Range(1, 5).Select(i => writer.TryWrite(new Line(i), leavesHalf: true))];
        bool[] others = [.. Enumerable.Range(6, 3).Select(i => writer.TryWrite(new Line(i)))];
        gate.SetResult();
        await writer.DisposeAsync();

        Assert.Equal([true, true, false, false, false], many);
        Assert.Equal([true, true, false], others);
        Assert.Equal(["[0]", "[1]", "[2]", "[6]", "[7]"], Lines(disk));
    }

    [Fact]
    public async Task A_line_that_cannot_be_written_out_is_dropped_alone_and_logged()
    {
        using FlakyDisk disk = new();
        RecordingLog log = new();
        LineWriter writer = new(new RotatingFile("log", long.MaxValue, 1, disk.Open), log);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(writer.TryWrite(new Line(i)));
            Assert.True(writer.TryWrite(new BrokenLine()));
        }

        await writer.DisposeAsync();

        Assert.Equal(["[0]", "[1]", "[2]"], Lines(disk));
        Assert.Equal((3, 3), (writer.Dropped, log.Errors.Count()));
    }

    private static LineWriter Writer(FlakyDisk disk, int capacity = 4_096) =>
        new(new RotatingFile("log", long.MaxValue, 1, disk.Open), NullLogger.Instance, capacity);

    private static string[] Lines(FlakyDisk disk) => disk.Text.TrimEnd('\n').Split('\n');

    private sealed class BrokenLine : IDecisionLogLine
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            throw new InvalidOperationException("a bug");
        }
    }

    private sealed class Line(int number) : IDecisionLogLine
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray();
            json.WriteNumberValue(number);
            json.WriteEndArray();
        }
    }
}
