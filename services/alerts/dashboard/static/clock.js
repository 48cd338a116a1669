// Clock times in one zone: the ward's where the service has one, else the browser's own. The page states which.
const HOUR_MS = 3600000;
const REACH_H = 3; // further than any clock is ever turned at once

export class WallClock {
  // months: how a day of each is written, with {day} for its number.
  constructor(zone, months) {
    this.months = months;
    this.format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone || undefined,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    this.zone = zone || this.format.resolvedOptions().timeZone;
  }

  parts(at) {
    return Object.fromEntries(this.format.formatToParts(at).map((one) => [one.type, one.value]));
  }

  // Minutes by which the zone is ahead of UTC at a moment.
  offset(at) {
    const p = this.parts(at);
    const wall = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
    return Math.round((wall - at) / 60000);
  }

  // Whether the clock shows this time twice, because it is turned back.
  doubtful(at) {
    const here = this.offset(at);
    return [-REACH_H, REACH_H].some((hours) => {
      const there = this.offset(at + hours * HOUR_MS);
      return there !== here && this.offset(at + (here - there) * 60000) === there;
    });
  }

  // Hours and minutes; the day where it is not today; the offset from UTC where the time alone is in doubt.
  text(at, now) {
    const [p, today] = [this.parts(at), this.parts(now)];
    const same = p.year === today.year && p.month === today.month && p.day === today.day;
    const short = this.months[p.month - 1].replace("{day}", Number(p.day));
    const day = same ? "" : `${short}${p.year === today.year ? "" : ` ${p.year}`} `;
    return `${day}${p.hour}:${p.minute}${this.doubtful(at) ? ` ${shift(this.offset(at))}` : ""}`;
  }
}

function shift(minutes) {
  const two = (n) => String(n).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
